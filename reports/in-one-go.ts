import type { Step } from '../src/model/remedy.ts'

/** Steps of one part of the plan, before what carries them on is put together with that of other parts. */
export interface Draft {
  readonly steps: readonly Step[]
  /** Nobody would do it in one go with the rest: one of several readings, to be tried and looked at by itself. */
  readonly apart: boolean
  /** Its restart is into another kernel, which what comes after it is about. */
  readonly changesKernel: boolean
}

/** Steps at one place of the plan, of one part by its number or of several. */
export interface Piece {
  readonly of: number | Finish
  readonly steps: readonly Step[]
  /** What finishes the part stands further on. */
  readonly awaits: boolean
}

/** What finishes several parts. */
export interface Finish {
  /** The parts that have no other steps before it. */
  readonly alone: readonly number[]
  /** Other parts have. */
  readonly changes: boolean
}

interface Item {
  readonly of: number
  readonly step: Step
  /** It carries on what was changed, with others. */
  readonly carries: boolean
  /** It is taken up by a step of its part that does, or is done by hand alone, which no restart undoes. */
  readonly carried: boolean
}

/**
 * The same steps with each rebuild and one restart behind all that they carry on. What a restart would undo, or what was
 * to be done after one, stays behind it: only what a later rebuild or restart takes up is brought forward.
 */
export function inOneGo(drafts: readonly Draft[]): readonly Piece[] {
  const end = drafts.findIndex((one) => one.changesKernel) + 1
  if (end === 0 || end === drafts.length) return stage(drafts)
  const rest = inOneGo(drafts.slice(end))
  return [...stage(drafts.slice(0, end)), ...rest.map((one) => ({ ...one, of: shifted(one.of, end) }))]
}

function shifted(of: Piece['of'], by: number): Piece['of'] {
  return typeof of === 'number' ? of + by : { ...of, alone: of.alone.map((one) => one + by) }
}

function stage(drafts: readonly Draft[]): readonly Piece[] {
  const items = drafts.flatMap(itemsOf)
  const start = items.findIndex((one) => one.carries)
  const parts = new Set(items.flatMap((one) => (one.carries ? [one.of] : [])))
  const last = items.findLastIndex((one) => one.carries)
  const comesFirst = (one: Item, at: number): boolean => at < (one.carried ? last : start)
  const ahead = items.filter((one, at) => !one.carries && comesFirst(one, at))
  const behind = items.filter((one, at) => !one.carries && !comesFirst(one, at))
  const finish = finishing(items.flatMap((one) => (one.carries ? [one.step] : [])))
  const [only] = parts
  if (parts.size < 2 && only !== undefined) {
    return pieces([...ahead, ...finish.map((step) => ({ of: only, step })), ...behind], new Set())
  }
  const alone = [...parts].filter((part) => ahead.every((one) => one.of !== part))
  const of = { alone, changes: alone.length < parts.size }
  const together: readonly Piece[] = finish.length === 0 ? [] : [{ of, steps: finish, awaits: false }]
  return [...pieces(ahead, parts), ...together, ...pieces(behind, new Set())]
}

function itemsOf({ steps, apart }: Draft, of: number): readonly Item[] {
  const last = apart ? -1 : steps.findLastIndex((one) => one.carries === true)
  const byHand = !apart && steps.every((one) => one.run === undefined)
  return steps.map((step, at) => ({ of, step, carries: !apart && step.carries === true, carried: byHand || at < last }))
}

function pieces(items: readonly Pick<Item, 'of' | 'step'>[], waiting: ReadonlySet<number>): readonly Piece[] {
  const found: { of: number; steps: Step[]; awaits: boolean }[] = []
  for (const { of, step } of items) {
    const last = found.at(-1)
    if (last?.of === of) last.steps.push(step)
    else found.push({ of, steps: [step], awaits: waiting.has(of) })
  }
  return found
}

/** Each command once, in the order in which it was first told, and one restart. */
function finishing(steps: readonly Step[]): readonly Step[] {
  const rebuilds = new Map<string, Step>()
  for (const step of steps.filter((one) => !restarts(one))) {
    const key = step.run ?? step.say
    const before = rebuilds.get(key)
    rebuilds.set(key, before === undefined ? step : { ...before, say: joined([before.say, step.say]) })
  }
  const [restart, ...others] = steps.filter(restarts)
  if (restart === undefined) return [...rebuilds.values()]
  const says = [restart, ...others].map((one) => one.say)
  return [...rebuilds.values(), others.length === 0 ? restart : { ...restart, say: restartOnce(says) }]
}

function restarts(step: Step): boolean {
  return step.carries === true && step.effect === 'reboot'
}

function sentences(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => text.split(/(?<=\.) (?=[A-Z`])/)))]
}

function joined(texts: readonly string[]): string {
  return sentences(texts).join(' ')
}

/** What has to be known before, one sentence that tells to restart, and all that is to be seen afterwards. */
function restartOnce(says: readonly string[]): string {
  const all = sentences(says)
  const restart = all.filter((one) => one.startsWith('Restart the host'))
  const after = all.filter((one) => one.startsWith('Afterwards '))
  const before = all.filter((one) => !restart.includes(one) && !after.includes(one))
  // "into the kernel that …" says more; "or unload the module" would not do for the others.
  const into = restart.find((one) => one.startsWith('Restart the host into ')) ?? 'Restart the host.'
  return [...before, into, ...after].join(' ')
}
