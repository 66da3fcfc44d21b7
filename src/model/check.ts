import type { Fact, NonEmpty, UnknownReason } from './fact.ts'
import type { Family } from './family.ts'
import type { FactName, Needed, Scope, Used } from './machine.ts'
import type { Address } from './pci.ts'
import type { Action } from './remedy.ts'

export type Area =
  | 'firmware'
  | 'cpu'
  | 'kernel'
  | 'iommu'
  | 'modules'
  | 'isolation'
  | 'binding'
  | 'device'
  | 'host'
  | 'guest'

export type Severity = 'fail' | 'warn' | 'info'
/** From the evidence: read where the kernel itself decides; inferred from strong signs; one of several readings. */
export type Confidence = 'certain' | 'likely' | 'possible'

export type Subject =
  | { readonly kind: 'host' }
  | { readonly kind: 'group'; readonly id: number }
  | { readonly kind: 'device'; readonly address: Address }

/** The place, what it said, and what was wanted; enough to redo the judgement by hand. */
export interface Evidence {
  readonly source: string
  readonly saw: string
  readonly wanted?: string
}

/** What is known of a kind of trouble, apart from any machine. `{placeholders}` are filled from a finding's values. */
export interface Problem {
  readonly severity: Severity
  readonly family: Family
  /** One line: what is wrong, or what to do about it. */
  readonly title: string
  /** Two or three sentences: why, and what follows. */
  readonly summary: string
  /** For `explain`: the evidence that proves it, and the evidence that rules it out. */
  readonly proof: string
  readonly ruledOut: string
  readonly remedy: readonly Action[]
  /** Codes of symptoms that this cause accounts for. */
  readonly explains?: readonly string[]
  /** Kernel file, ABI document or specification section that it rests on. */
  readonly sources: NonEmpty<string>
  /**
   * What a `fail` stands in the way of: handing over the device (the default), or only the running of a virtual
   * machine or one way of doing it.
   */
  readonly blocks?: 'device' | 'machine'
  /** A `fail` about one function bars its whole group: the kernel attaches all members or none. */
  readonly bars?: 'group'
  /**
   * At the next start it takes from the host what that runs on. So it is told to whoever is told to restart, whichever
   * device the question is about, and what keeps it from happening is done first.
   */
  readonly strikes?: 'at-restart'
  /** What mends it has the devices that it names bound as well: no other step for that is told. */
  readonly binds?: true
}

/** A problem met on this machine. */
export interface Hit<Code extends string = string> {
  readonly code: Code
  readonly subject: Subject
  readonly evidence: NonEmpty<Evidence>
  readonly values?: Readonly<Record<string, string>>
  /** Default: certain. */
  readonly confidence?: Confidence
  /** Only ever lowers the problem's own severity (a fault that is over, a device that nobody asked for). */
  readonly severity?: Severity
  /** Of a finding about the host: the devices that it bears on, where it does not on all of them. */
  readonly devices?: readonly Address[]
  /**
   * Names of parameters or options that it is about. Of two findings that both name some, one explains the other only
   * where they share one.
   */
  readonly words?: readonly string[]
  /** In place of the problem's remedy, where it depends on what was found. */
  readonly remedy?: readonly Action[]
}

/** Something that the check looked for and could not tell. */
export interface Missing {
  readonly what: string
  readonly reason: UnknownReason
  readonly source: string
  readonly detail?: string
  /** What would make it known. */
  readonly settle: readonly Action[]
}

export type Judgement<Code extends string = string> =
  | { readonly kind: 'pass'; readonly evidence: NonEmpty<Evidence>; readonly missing?: readonly Missing[] }
  | { readonly kind: 'hits'; readonly hits: NonEmpty<Hit<Code>>; readonly missing?: readonly Missing[] }
  | { readonly kind: 'unknown'; readonly missing: NonEmpty<Missing> }
  | { readonly kind: 'skip'; readonly because: string }

export interface Check<N extends FactName, U extends FactName, Code extends string> {
  /** The file's name. */
  readonly id: string
  readonly area: Area
  /** States the healthy condition. */
  readonly title: string
  /** Facts without which nothing can be said: unknown, then the engine answers unknown. */
  readonly needs: readonly N[]
  /** Facts that help and may be unknown. */
  readonly uses: readonly U[]
  readonly problems: Readonly<Record<Code, Problem>>
  /** Pure and synchronous; it sees the declared facts alone. */
  judge(facts: Needed<N> & Used<U>, scope: Scope): Judgement<Code>
}

/** A check of the registry: its type parameters are erased, and only the engine calls `judge`. */
export interface AnyCheck {
  readonly id: string
  readonly area: Area
  readonly title: string
  readonly needs: readonly FactName[]
  readonly uses: readonly FactName[]
  readonly problems: Readonly<Record<string, Problem>>
  judge(facts: never, scope: Scope): Judgement
}

/** Keeps the types of one check together: an undeclared fact or code does not compile. */
export function defineCheck<N extends FactName, U extends FactName, Code extends string>(
  check: Check<N, U, Code>,
): Check<N, U, Code> {
  return check
}

/** Shape of an unknown fact turned into what a report says of it. */
export function missingFrom(what: string, fact: Extract<Fact<unknown>, { state: 'unknown' }>): Missing {
  const settle: Action[] = fact.reason === 'denied' ? [{ do: 'run-as-root' }] : []
  const base = { what, reason: fact.reason, source: fact.source, settle }
  return fact.detail === undefined ? base : { ...base, detail: fact.detail }
}
