/** Items kept at each end for one key; a flood of faults can have a million lines. */
const EACH_END = 1000
/** Items kept at all, whatever the number of keys. */
const TOTAL = 50_000

interface Numbered<T> {
  readonly item: T
  readonly order: number
}

/** Keeps the first and the last items of each key, and counts what it let go. */
export class FloodGate<T> {
  readonly #kept = new Map<string, { readonly head: Numbered<T>[]; tail: Numbered<T>[] }>()
  #count = 0

  add(key: string, item: T): void {
    const one = { item, order: this.#count++ }
    const of = this.#kept.get(key)
    if (of === undefined) {
      this.#kept.set(key, { head: [one], tail: [] })
      return
    }
    if (of.head.length < EACH_END) of.head.push(one)
    else of.tail.push(one)
    // Cut at twice the size: one copy for a thousand items, not one for each.
    if (of.tail.length >= 2 * EACH_END) of.tail = of.tail.slice(-EACH_END)
  }

  /** What was kept, in the order it came, and how many were not. */
  result(): { readonly items: readonly T[]; readonly dropped: number } {
    const all = [...this.#kept.values()].flatMap(({ head, tail }) => [...head, ...tail.slice(-EACH_END)])
    const items = all
      .sort((a, b) => a.order - b.order)
      .slice(0, TOTAL)
      .map((one) => one.item)
    return { items, dropped: this.#count - items.length }
  }
}
