/**
 * Columns that a cleaned text takes on a terminal: combining marks none, East Asian wide characters and emoji two
 * (Unicode Standard Annex 11). Our own, since string-width costs 20 ms at start-up.
 */
export function displayWidth(text: string): number {
  if (isPrintableAscii(text)) return text.length
  let width = 0
  for (const character of text) width += columnsOf(character)
  return width
}

/** Then a code unit is a character, and a character a column. */
export function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function columnsOf(character: string): 0 | 1 | 2 {
  if (character <= '\u02ff') return 1
  if (/[\p{Mn}\p{Me}]/u.test(character)) return 0
  return wide().test(character) ? 2 : 1
}

/** The blocks that Annex 11 lists as W or F, taken whole. */
function wide(): RegExp {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u
}

/** Filled up with blanks to this many columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Cut to this many columns; `mark` shows that something is missing. */
export function clip(text: string, width: number, mark: string): string {
  if (displayWidth(text) <= width) return text
  const room = width - displayWidth(mark)
  return head(text, room).trimEnd() + mark
}

/** As much of the start as fits. */
function head(text: string, width: number): string {
  let used = 0
  let end = 0
  for (const character of text) {
    used += columnsOf(character)
    if (used > width) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Lines of at most `width` (at least 2) columns, broken at blanks; a word that is longer is cut. Never empty. */
export function wrap(text: string, columns: number): readonly string[] {
  const width = Math.max(2, columns)
  const lines: string[] = []
  let line = ''
  for (const whole of text.split(' ')) {
    let word = whole
    if (word === '') continue
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = ''
    }
    while (displayWidth(word) > width) {
      const part = head(word, width)
      lines.push(part)
      word = word.slice(part.length)
    }
    line = line === '' ? word : word === '' ? line : `${line} ${word}`
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}

/** Wrapped under a first-line lead: `lead` before the first line, blanks of the same width before the others. */
export function hang(lead: string, text: string, width: number): readonly string[] {
  const indent = displayWidth(lead)
  return wrap(text, Math.max(12, width - indent)).map((line, at) => `${at === 0 ? lead : ' '.repeat(indent)}${line}`)
}
