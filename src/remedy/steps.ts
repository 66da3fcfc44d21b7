import type { Facts } from '../model/machine.ts'
import type { Action, Step } from '../model/remedy.ts'
import type { Platform } from './platform.ts'
import { asRoot } from './shell.ts'

/** The ground that an action is expanded on. */
export interface Ground {
  readonly platform: Platform
  readonly facts: Facts
}

/** Turns one kind of action into ordered steps; never empty. */
export type Expansion<K extends Action['do']> = (
  action: Extract<Action, { do: K }>,
  on: Ground,
) => readonly [Step, ...Step[]]

/** A step; its effect is none unless said. */
export function step(say: string, more: Partial<Omit<Step, 'say'>> = {}): Step {
  return { say, effect: 'none', ...more }
}

/** Commands, one a line. */
export function lines(...commands: readonly (string | null | false)[]): string {
  return commands.filter((one) => typeof one === 'string' && one !== '').join('\n')
}

/** The same steps for the case that the words name. */
export function inCase(condition: string, steps: readonly Step[]): readonly Step[] {
  return steps.map((one) => ({ ...one, say: `${condition}: ${one.say}` }))
}

/** A list that is known to have a first element. */
export function some(steps: readonly Step[], otherwise: string): readonly [Step, ...Step[]] {
  const [first, ...rest] = steps
  return first === undefined ? [step(otherwise)] : [first, ...rest]
}

/** A restart; Talos has no shell to type it in. */
export function reboot(on: Ground, say: string): Step {
  if (on.platform.flavour === 'talos') return step(say, { effect: 'reboot' })
  return step(say, { run: asRoot(on.platform, 'reboot'), effect: 'reboot' })
}
