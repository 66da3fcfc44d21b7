import type { Around } from '../parse/prose.ts'
import type { PasteLine } from './lines.ts'

/** Mailers and editors break a sentence at these lengths. */
const FROM = 40
const TO = 130

/** What the lines next to one of these hold of the same sentence, where it was broken between two words. */
export function aroundOf(lines: readonly PasteLine[], at: number): Around {
  const line = lines[at]
  if (line === undefined) return { before: '', after: '' }
  const above = lines[at - 1]
  const below = lines[at + 1]
  return {
    before: above !== undefined && goesOn(above, line) && isSentence(above.text) ? above.text.trim() : '',
    after: below !== undefined && goesOn(line, below) && isSentence(below.text) ? below.text.trim() : '',
  }
}

function goesOn(line: PasteLine, next: PasteLine): boolean {
  if (next.gap || next.line !== line.line + 1 || next.logged === true || line.logged === true) return false
  const { length } = line.text
  return length >= FROM && length <= TO && !/[.:!?…。：！？)\]}>]$/u.test(line.text)
}

/** Nearly all of it plain words: no line of a program is that. */
function isSentence(text: string): boolean {
  const tokens = text.trim().split(/\s+/, 60)
  const words = tokens.filter((token) => /^["'(]?\p{L}[\p{L}\p{M}'’-]*["')]?[,;.:!?]?$/u.test(token))
  return tokens.length >= 2 && words.length >= tokens.length * 0.85 && !/^\S+: /.test(text.trim())
}
