import { cleanLine } from '../parse/clean.ts'

export interface PasteLine {
  /** Cleaned and out of its quoting; indentation is kept. */
  readonly text: string
  /** 1-based line in the post. */
  readonly line: number
}

/** Text that a reader gave up on; what is left is still judged. */
export interface PasteText {
  readonly text: string
  /** The input was longer than what is read. */
  readonly truncated: boolean
}

const MOST_LINES = 200_000

/**
 * The lines of a post, out of what a forum or mailer puts around them: `> ` quotes, list bullets, code fences, HTML
 * entities of the three characters that matter, and back-ticks around a whole line. Bounded in number and length.
 */
export function pasteLines(text: string): readonly PasteLine[] {
  const lines: PasteLine[] = []
  let number = 0
  for (let from = 0; from < text.length && lines.length < MOST_LINES;) {
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    number++
    // A tab is indentation here, and a line of megabytes is cut before anything looks at it.
    const raw = text.slice(from, Math.min(to, from + 8192))
    from = to + 1
    const line = undecorate(cleanLine(raw.replaceAll('\t', '    ')))
    if (line.trim() !== '') lines.push({ text: line, line: number })
  }
  return lines
}

function undecorate(text: string): string {
  let line = text.trimEnd()
  // Mail quotes nest; a shell prompt `> ` of a continued command looks the same and loses nothing by it.
  for (let depth = 0; depth < 8 && /^\s{0,3}>(?:\s|$)/.test(line); depth++) line = line.replace(/^\s{0,3}> ?/, '')
  if (/^\s*(?:```|~~~)/.test(line)) return ''
  if (/^\s{0,6}(?:[-*•·]|\d{1,3}[.)])\s+\S/.test(line) && !/^\s{0,6}\*{3,}/.test(line))
    line = line.replace(/^(\s{0,6})(?:[-*•·]|\d{1,3}[.)])\s+/, '$1')
  if (/^\s*`[^`]+`\s*$/.test(line)) line = line.replaceAll('`', '')
  if (line.includes('&'))
    line = line.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&').replaceAll('&quot;', '"')
  return line
}
