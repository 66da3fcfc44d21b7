/** Characters of the window, and the mask that makes the hash forget what is older: five bits a character. */
const WINDOW = 6
const MASK = 0x3fffffff
export const SLOTS: number = 1 << 15

/** The hash of a line up to a character, from the one up to the character before. */
export function rolled(hash: number, code: number): number {
  return ((hash << 5) ^ code) & MASK
}

export function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

/** Where a message's key falls: the last characters of its longest piece. Throws where it has no piece that is long enough. */
export function keySlot(text: string): number {
  const { from, end } = longestPiece(text)
  if (end - from < WINDOW) throw new Error(`message text without ${WINDOW} fixed characters in a row: ${text}`)
  let hash = 0
  for (let at = end - WINDOW; at < end; at++) hash = rolled(hash, text.charCodeAt(at))
  return slotOf(hash)
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
