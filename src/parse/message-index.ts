import type { Message } from '../knowledge/message.ts'
import { parseTemplate, type Template } from './message-template.ts'

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

/** Characters of the window, and the mask that makes the hash forget what is older: five bits a character. */
const WINDOW = 6
const MASK = 0x3fffffff
const SLOTS = 1 << 15

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

/**
 * One pass over a line for all messages. Each is looked for by the last six characters of its longest piece (the last:
 * a line that lost its head still has its tail); a hash of the last six characters rolls along the line and is looked
 * up in a table. The cost a character is a shift, an xor and a look-up, whatever the number of messages.
 */
export function buildFinder(messages: Iterable<Message>): Finder {
  const list = Array.from(messages)
  // By slot, and by message for the others of a slot: the number of a message from 1 on, 0 for none.
  const first = new Uint16Array(SLOTS)
  const next = new Uint16Array(list.length + 1)
  for (let number = list.length; number > 0; number--) {
    const slot = lastSlot(list[number - 1]?.text ?? '')
    next[number] = first[slot] ?? 0
    first[slot] = number
  }
  // Cut out of its message when its slot is first met: of hundreds a log meets a few.
  const entries: Entry[] = []
  return (line, visit) => {
    let hash = 0
    for (let at = 0; at < line.length; at++) {
      hash = ((hash << 5) ^ line.charCodeAt(at)) & MASK
      let number = first[slotOf(hash)] ?? 0
      while (number !== 0) {
        const message = list[number - 1]
        if (message === undefined) break
        const entry = (entries[number] ??= entryOf(message))
        const from = at + 1 - entry.text.length
        // Two slots in a hundred are used, so other text falls into them; a glance keeps it from costing more.
        if (from < 0 ? line.startsWith(entry.text.slice(-from)) : line.startsWith(entry.text, from))
          visit(entry.known, entry.piece, from)
        number = next[number] ?? 0
      }
    }
  }
}

function entryOf(message: Message): Entry {
  const { piece, from, end } = longestPiece(message.text)
  return { known: knownOf(message), piece, text: message.text.slice(from, end) }
}

/** The longest text between placeholders: its number among the pieces of the template, and where it stands. */
function longestPiece(text: string): { readonly piece: number; readonly from: number; readonly end: number } {
  const longest = { piece: 0, from: 0, end: 0 }
  let piece = 0
  for (let from = 0; from < text.length;) {
    const open = text.indexOf('{', from)
    const end = open < 0 ? text.length : open
    // A placeholder at the very beginning has no piece before it.
    if (end > from) {
      if (end - from > longest.end - longest.from) {
        longest.piece = piece
        longest.from = from
        longest.end = end
      }
      piece++
    }
    if (open < 0) break
    from = text.indexOf('}', open) + 1
  }
  return longest
}

function lastSlot(text: string): number {
  const { from, end } = longestPiece(text)
  if (end - from < WINDOW) throw new Error(`message text without ${WINDOW} fixed characters in a row: ${text}`)
  let hash = 0
  for (let at = end - WINDOW; at < end; at++) hash = ((hash << 5) ^ text.charCodeAt(at)) & MASK
  return slotOf(hash)
}
