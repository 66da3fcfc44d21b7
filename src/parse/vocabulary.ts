import { buildChoppedFinder, type ChoppedFinder } from './chopped.ts'
import { buildFinder, knownOf, type Finder } from './message-index.ts'
import type { Shelf } from './shelf.ts'

/** Messages to look for; what finds them is built when it is first used. */
export interface Vocabulary {
  readonly find: Finder
  /** Finds one that the edge of a screen cut off; null where no line can have gone over one. */
  readonly findChopped: ChoppedFinder | null
}

/** The same for lines that a program read: `...` at their end is the kernel's own. */
export function vocabularyOfWhole(open: () => Shelf): Vocabulary {
  let finder: Finder | undefined
  return {
    get find() {
      return (finder ??= buildFinder(open()))
    },
    findChopped: null,
  }
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
      const { keys, message } = (shelf ??= open())
      return (chopped ??= buildChoppedFinder(keys.map((_, number) => knownOf(message(number)))))
    },
  }
}
