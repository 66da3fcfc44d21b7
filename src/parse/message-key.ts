/** Characters of the window, and the mask that makes its key forget what is older: five bits a character. */
const WINDOW = 6
const MASK = 0x3fffffff
export const SLOTS: number = 1 << 15

/**
 * Walks along a line: `met` for each character at which the window that ends there has a key in whose slot `table` has a
 * number. All in one loop: it runs for each character of a log, where a call costs as much as the rest together.
 */
export function eachKey(
  line: string,
  table: Uint16Array,
  met: (number: number, key: number, at: number) => void,
): void {
  let key = 0
  for (let at = 0; at < line.length; at++) {
    key = ((key << 5) ^ line.charCodeAt(at)) & MASK
    const number = table[(key ^ (key >>> 15)) & (SLOTS - 1)]
    if (number !== 0 && number !== undefined) met(number, key, at)
  }
}

export function slotOf(key: number): number {
  return (key ^ (key >>> 15)) & (SLOTS - 1)
}

/** A message's key: of the last characters of its longest piece. Throws where it has no piece that is long enough. */
export function keyOf(text: string): number {
  const { from, end } = longestPiece(text)
  if (end - from < WINDOW) throw new Error(`message text without ${WINDOW} fixed characters in a row: ${text}`)
  let key = 0
  for (let at = end - WINDOW; at < end; at++) key = ((key << 5) ^ text.charCodeAt(at)) & MASK
  return key
}

/** The longest text between placeholders: its number among the pieces of the template, and where it stands. */
export function longestPiece(text: string): { readonly piece: number; readonly from: number; readonly end: number } {
  let longest = { piece: 0, from: 0, end: 0 }
  let piece = 0
  for (let from = 0; from < text.length;) {
    const open = text.indexOf('{', from)
    const end = open < 0 ? text.length : open
    // A placeholder at the very beginning has no piece before it.
    if (end > from) {
      if (end - from > longest.end - longest.from) longest = { piece, from, end }
      piece++
    }
    if (open < 0) break
    from = text.indexOf('}', open) + 1
  }
  return longest
}
