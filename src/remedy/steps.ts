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

/** Where NixOS has its settings: below /etc there is nothing else to be written by hand. */
export const NIXOS = '/etc/nixos/configuration.nix'

/** A step; its effect is none unless said. */
export function step(say: string, more: Partial<Omit<Step, 'say'>> = {}): Step {
  return { say, effect: 'none', ...more }
}

/** Commands, one a line. */
export function lines(...commands: readonly (string | null | false)[]): string {
  return commands.filter((one) => typeof one === 'string' && one !== '').join('\n')
}

/** One step for a case that the words name: several steps under one condition are hard to follow. */
export function inCase(condition: string, steps: readonly Step[]): readonly Step[] {
  const [first, ...rest] = steps
  if (first === undefined) return []
  const runs = steps.map((one) => one.run ?? null)
  const run = runs.some((one) => one !== null) ? { run: lines(...runs) } : {}
  const undo = steps.map((one) => one.undo ?? '').filter((one) => one !== '')
  const says = [first, ...rest.filter((one) => one.run === undefined)].map((one) => one.say)
  return [
    {
      ...first,
      ...run,
      ...(undo.length === 0 ? {} : { undo: undo.join('; ') }),
      say: `${condition}: ${says.join(' ')}`,
    },
  ]
}

/** A list that is known to have a first element. */
export function some(steps: readonly Step[], otherwise: string): readonly [Step, ...Step[]] {
  const [first, ...rest] = steps
  return first === undefined ? [step(otherwise)] : [first, ...rest]
}

/** A restart; Talos has no shell to type it in. */
export function reboot(on: Ground, say: string): Step {
  if (on.platform.flavour === 'talos') return step(say, { effect: 'reboot', carries: true })
  return step(say, { run: asRoot(on.platform, 'reboot'), effect: 'reboot', carries: true })
}
