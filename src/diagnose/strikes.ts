import type { Address } from '../model/pci.ts'
import type { Remedy } from '../model/remedy.ts'
import { tie, type Found, type Tied } from './causes.ts'
import { meets, type Membership } from './subjects.ts'

/** What a report is about. */
export interface Relevant {
  readonly found: readonly Found[]
  /** The causes, as ranked. */
  readonly tied: readonly Tied[]
  /** Those of them that were not asked about, and that a restart would bring on. */
  readonly strikes: ReadonlySet<Tied>
}

/**
 * The findings that bear on what was asked about. Where mending these restarts the host, or makes anew what it starts
 * from, those join that take from the host what it runs on at the next start: the steps would do that harm. They stand
 * behind the troubles that were asked about, and behind the answer where there is none.
 */
export function relevantOf(
  all: readonly Found[],
  asked: readonly Address[],
  members: Membership,
  leadToRestart: (own: readonly Tied[]) => boolean,
): Relevant {
  const own = all.filter((one) => bearsOn(one, asked, members))
  const others = all.filter((one) => one.problem.strikes === 'at-restart' && !own.includes(one))
  const tied = tie(own, members)
  if (others.length === 0 || !leadToRestart(tied)) return { found: own, tied, strikes: new Set() }
  const strikes = tie(others, members)
  const troubles = tied.filter(({ cause }) => cause.finding.severity !== 'info').length
  return {
    found: all.filter((one) => own.includes(one) || others.includes(one)),
    tied: tied.toSpliced(Math.max(1, troubles), 0, ...strikes),
    strikes: new Set(strikes),
  }
}

function bearsOn(one: Found, asked: readonly Address[], members: Membership): boolean {
  if (asked.length === 0) return true
  return asked.some((address) => meets(one.finding.subject, { kind: 'device', address }, members))
}

/** Whether a step restarts the host, or makes anew what the next start begins with. */
export function restarts(remedies: readonly Remedy[]): boolean {
  return remedies.some(({ steps }) => steps.some((one) => one.effect === 'reboot' || one.carries === true))
}

/** The same steps, with what averts the harm in front of all that changes the machine. */
export function inFront(remedies: readonly Remedy[]): readonly Remedy[] {
  return remedies.map((remedy) => ({
    ...remedy,
    steps: remedy.steps.map((one) => (restarts([{ ...remedy, steps: [one] }]) ? one : { ...one, first: true })),
  }))
}
