import type { Message } from '../knowledge/message.ts'
import { buildChoppedFinder, type ChoppedFinder } from './chopped.ts'
import { buildFinder, knownOf, type Finder } from './message-index.ts'

/** Messages to look for; what finds them is built when it is first used. */
export interface Vocabulary {
  readonly find: Finder
  /** Finds one that the edge of a screen cut off. */
  readonly findChopped: ChoppedFinder
}

export function vocabularyOf(messages: () => Iterable<Message>): Vocabulary {
  let finder: Finder | undefined
  let chopped: ChoppedFinder | undefined
  return {
    get find() {
      return (finder ??= buildFinder(messages()))
    },
    get findChopped() {
      return (chopped ??= buildChoppedFinder(Array.from(messages(), knownOf)))
    },
  }
}
