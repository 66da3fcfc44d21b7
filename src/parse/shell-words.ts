/** A part of a shell word: text as it comes out of its quotes, or a variable that a caller may fill in. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** `written` is `$NAME` or `${NAME…}`; what the braces hold after the name is not looked at. `quoted`: by double quotes. */
  | { readonly kind: 'variable'; readonly name: string; readonly written: string; readonly quoted?: true }

/**
 * The words of a shell command (POSIX shell, 2.2 quoting), without a shell: quotes are taken off, a backslash joins
 * lines, a `#` at the start of a word begins a comment, variables stay as written, and a command substitution becomes
 * nothing. An open quote runs to the end. Never fails.
 */
export function shellWords(text: string): string[] {
  const words: string[] = []
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    if (text[at] === '#') {
      at = endOfLine(text, at)
      continue
    }
    const word = readShellWord(text, at, BLANKS)
    words.push(word.pieces.map((piece) => (piece.kind === 'text' ? piece.text : piece.written)).join(''))
    at = word.end
  }
  return words
}

export const BLANKS = ' \t\r\n'

/** First place at or after `at` that is no blank; a backslash before a line's end counts as one. */
export function skipBlanks(text: string, at: number): number {
  let end = at
  for (;;) {
    if (end < text.length && BLANKS.includes(text[end] ?? '')) end++
    else if (text[end] === '\\' && lineEndAt(text, end + 1) > 0) end += 1 + lineEndAt(text, end + 1)
    else return end
  }
}

export function endOfLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline
}

/** One word from `at` up to an unquoted character of `ends`, or the end of the text; `output` is put for a substitution. */
export function readShellWord(
  text: string,
  at: number,
  ends: string,
  output = '',
): { readonly pieces: Piece[]; readonly end: number } {
  const pieces: Piece[] = []
  let plain = ''
  let end = at
  let quoted = false
  const variable = (): void => {
    const found = readDollar(text, end)
    end = found.end
    if (found.piece === null) {
      plain += output
      return
    }
    if (found.piece.kind === 'text') {
      plain += found.piece.text
      return
    }
    if (plain !== '') pieces.push({ kind: 'text', text: plain })
    plain = ''
    pieces.push(quoted ? { ...found.piece, quoted } : found.piece)
  }
  while (end < text.length) {
    const char = text[end] ?? ''
    if (!quoted && ends.includes(char)) break
    if (char === '$' || char === '`') variable()
    else if (char === '"') {
      quoted = !quoted
      end++
    } else if (char === "'" && !quoted) {
      const close = text.indexOf("'", end + 1)
      plain += text.slice(end + 1, close < 0 ? text.length : close)
      end = close < 0 ? text.length : close + 1
    } else if (char === '\\') {
      const newline = lineEndAt(text, end + 1)
      const next = text[end + 1] ?? ''
      // Between double quotes a backslash escapes these alone (POSIX shell, 2.2.3).
      if (newline === 0) plain += quoted && !'$`"\\'.includes(next) ? `\\${next}` : next
      end += newline === 0 ? 2 : 1 + newline
    } else {
      plain += char
      end++
    }
  }
  if (plain !== '') pieces.push({ kind: 'text', text: plain })
  return { pieces, end: Math.min(end, text.length) }
}

/** Length of the line's end that stands here, 0 if none does. */
function lineEndAt(text: string, at: number): number {
  if (text[at] === '\n') return 1
  return text[at] === '\r' && text[at + 1] === '\n' ? 2 : 0
}

/** `$NAME`, `${NAME…}`, `$(…)`, `` `…` ``; a lone dollar is itself. */
function readDollar(text: string, at: number): { readonly piece: Piece | null; readonly end: number } {
  if (text[at] === '`') return { piece: null, end: after(text.indexOf('`', at + 1), text) }
  if (text[at + 1] === '(') return { piece: null, end: endOfSubstitution(text, at + 1) }
  const braced = text[at + 1] === '{'
  const name = /^[A-Za-z_]\w{0,99}/.exec(text.slice(at + (braced ? 2 : 1), at + 102))?.[0]
  if (name === undefined) return { piece: { kind: 'text', text: '$' }, end: at + 1 }
  const end = braced ? after(text.indexOf('}', at), text) : at + 1 + name.length
  return { piece: { kind: 'variable', name, written: text.slice(at, end) }, end }
}

function after(index: number, text: string): number {
  return index < 0 ? text.length : index + 1
}

function endOfSubstitution(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at + 1
  }
  return text.length
}
