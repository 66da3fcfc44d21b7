import type { MessageHit } from '../model/log.ts'

/** Hits kept at each end for one message; a flood of faults can have a million lines. */
const EACH_END = 1000
/** Hits kept at all, whatever the number of messages. */
const TOTAL = 50_000

interface Numbered {
  readonly hit: MessageHit
  readonly order: number
}

/** Keeps the first and the last hits of each message, and counts what it let go. */
export class FloodGate {
  readonly #kept = new Map<string, { readonly head: Numbered[]; tail: Numbered[] }>()
  #order = 0
  #dropped = 0

  add(hit: MessageHit): void {
    const one = { hit, order: this.#order++ }
    const of = this.#kept.get(hit.id)
    if (of === undefined) {
      this.#kept.set(hit.id, { head: [one], tail: [] })
      return
    }
    if (of.head.length < EACH_END) of.head.push(one)
    else of.tail.push(one)
    // Cut at twice the size: one copy for a thousand hits, not one for each.
    if (of.tail.length < 2 * EACH_END) return
    this.#dropped += EACH_END
    of.tail = of.tail.slice(-EACH_END)
  }

  /** In the order of the lines; within a line in the order they were added. */
  result(): { readonly hits: readonly MessageHit[]; readonly dropped: number } {
    const all: Numbered[] = []
    for (const { head, tail } of this.#kept.values()) {
      all.push(...head, ...tail.slice(-EACH_END))
      this.#dropped += Math.max(0, tail.length - EACH_END)
    }
    all.sort((a, b) => a.hit.line - b.hit.line || a.order - b.order)
    this.#dropped += Math.max(0, all.length - TOTAL)
    return { hits: all.slice(0, TOTAL).map((one) => one.hit), dropped: this.#dropped }
  }
}
