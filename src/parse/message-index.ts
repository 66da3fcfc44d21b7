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
  const table = new Map<number, Entry[]>()
  const used = new Uint8Array(SLOTS)
  for (const message of messages) {
    const { piece, text } = longestPiece(message.text)
    if (text.length < WINDOW)
      throw new Error(`message text without ${WINDOW} fixed characters in a row: ${message.text}`)
    const slot = lastSlot(text)
    const entry: Entry = { known: knownOf(message), piece, text }
    const others = table.get(slot)
    if (others === undefined) table.set(slot, [entry])
    else others.push(entry)
    used[slot] = 1
  }
  return (line, visit) => {
    let hash = 0
    for (let at = 0; at < line.length; at++) {
      hash = ((hash << 5) ^ line.charCodeAt(at)) & MASK
      const slot = slotOf(hash)
      if (used[slot] === 0) continue
      for (const entry of table.get(slot) ?? []) {
        const from = at + 1 - entry.text.length
        // Two slots in a hundred are used, so other text falls into them; a glance keeps it from costing more.
        if (from < 0 ? line.startsWith(entry.text.slice(-from)) : line.startsWith(entry.text, from))
          visit(entry.known, entry.piece, from)
      }
    }
  }
}

/** The longest text between placeholders, and its number among the pieces of the template. */
function longestPiece(text: string): { readonly piece: number; readonly text: string } {
  let longest = { piece: 0, text: '' }
  let piece = 0
  for (let from = 0; from < text.length;) {
    const open = text.indexOf('{', from)
    const end = open < 0 ? text.length : open
    // A placeholder at the very beginning has no piece before it.
    if (end > from) {
      if (end - from > longest.text.length) longest = { piece, text: text.slice(from, end) }
      piece++
    }
    if (open < 0) break
    from = text.indexOf('}', open) + 1
  }
  return longest
}

function lastSlot(text: string): number {
  let hash = 0
  for (let at = text.length - WINDOW; at < text.length; at++) hash = ((hash << 5) ^ text.charCodeAt(at)) & MASK
  return slotOf(hash)
}
