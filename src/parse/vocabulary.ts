import { buildChoppedFinder, type ChoppedFinder } from './chopped.ts'
import { buildFinder, knownOf, type Finder } from './message-index.ts'
import type { Shelf } from './shelf.ts'

/** Messages to look for; what finds them is built when it is first used. */
export interface Vocabulary {
  readonly find: Finder
  /** Finds one that the edge of a screen cut off. */
  readonly findChopped: ChoppedFinder
}

export function vocabularyOf(open: () => Shelf): Vocabulary {
  let shelf: Shelf | undefined
  let finder: Finder | undefined
  let chopped: ChoppedFinder | undefined
  return {
    get find() {
      return (finder ??= buildFinder((shelf ??= open())))
    },
    get findChopped() {
      const { slots, message } = (shelf ??= open())
      return (chopped ??= buildChoppedFinder(slots.map((_, number) => knownOf(message(number)))))
    },
  }
}
