import type { Message } from '../knowledge/message.ts'
import { eachKey, longestPiece, slotOf, SLOTS } from './message-key.ts'
import { parseTemplate, type Template } from './message-template.ts'
import type { Shelf } from './shelf.ts'

export interface Known {
  readonly message: Message
  /** Taken apart when it is first needed: of all the messages a log holds a few. */
  readonly template: () => Template
}

export function knownOf(message: Message): Known {
  let template: Template | undefined
  return { message, template: () => (template ??= parseTemplate(message.text)) }
}

/** A message, the piece of it that is looked for, and that piece's number. */
interface Entry {
  readonly known: Known
  readonly piece: number
  readonly text: string
}

/** A finder: calls `visit` for every place in the line where a message may be; `at` is where its piece would begin. */
export type Finder = (line: string, visit: (known: Known, piece: number, at: number) => void) => void

/**
 * One pass over a line for all messages. Each is looked for by the last six characters of its longest piece (the last:
 * a line that lost its head still has its tail), whose key rolls along the line and is looked up in a table. The cost a
 * character is a shift, an xor and a look-up, whatever the number of messages.
 */
export function buildFinder(shelf: Shelf): Finder {
  const { keys } = shelf
  // By slot, and by message for the others of a slot: the number of a message from 1 on, 0 for none.
  const first = new Uint16Array(SLOTS)
  const next = new Uint16Array(keys.length + 1)
  for (let number = keys.length; number > 0; number--) {
    const slot = slotOf(keys[number - 1] ?? 0)
    next[number] = first[slot] ?? 0
    first[slot] = number
  }
  // Taken from the shelf when its key is first met: of hundreds a log meets a few.
  const entries: Entry[] = []
  return (line, visit) =>
    eachKey(line, first, (met, key, at) => {
      for (let number = met; number !== 0; number = next[number] ?? 0) {
        // Two slots in a hundred are used, so other text falls into them.
        if (keys[number - 1] !== key) continue
        const entry = (entries[number] ??= entryOf(shelf.message(number - 1)))
        const from = at + 1 - entry.text.length
        if (from < 0 ? line.startsWith(entry.text.slice(-from)) : line.startsWith(entry.text, from))
          visit(entry.known, entry.piece, from)
      }
    })
}

function entryOf(message: Message): Entry {
  const { piece, from, end } = longestPiece(message.text)
  return { known: knownOf(message), piece, text: message.text.slice(from, end) }
}
