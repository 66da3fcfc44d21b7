/** Why something could not be told. What is known to be absent is no reason but a value (null or an empty list). */
export type UnknownReason =
  | 'denied' // the place is there, and we may not read it
  | 'absent' // the place that would tell is not there: no /proc in a tree that does not run
  | 'no-tool' // the program that would tell is not installed
  | 'timeout' // cut off: it did not answer in time
  | 'unreadable' // read, but broken, malformed or an I/O error
  | 'incomplete' // a part of it is gone: a log whose beginning was overwritten
  | 'not-collected' // nobody looked (a capture without it, a probe that does not apply)
  | 'not-in-paste' // the pasted text does not show it

export interface Known<T> {
  readonly state: 'known'
  readonly value: T
  /** Where it was read: a path, a command line, or a line of the paste. */
  readonly source: string
}

export interface Unknown {
  readonly state: 'unknown'
  readonly reason: UnknownReason
  readonly source: string
  readonly detail?: string
}

/** What we looked for: known with its value, or unknown with the reason. */
export type Fact<T> = Known<T> | Unknown

export function known<T>(value: T, source: string): Known<T> {
  return { state: 'known', value, source }
}

export function unknown(reason: UnknownReason, source: string, detail?: string): Unknown {
  return detail === undefined ? { state: 'unknown', reason, source } : { state: 'unknown', reason, source, detail }
}

/** The value of a fact, or undefined where it is unknown. */
export function valueOf<T>(fact: Fact<T>): T | undefined {
  return fact.state === 'known' ? fact.value : undefined
}

/** A list that has at least one element. */
export type NonEmpty<T> = readonly [T, ...T[]]
