import { undress } from '../parse/log-dress.ts'

/** Marks of a list that stand before no line of a listing. */
const MARK = /^\s{0,8}(?:[-*•·‣◦▪●–—]|\d{1,3}[.)]|\(\d{1,3}\))\s+(?=\S)/
/** Whatever else people put before a line of a log to make a list of it: `+`, `#`, `a)`, `[3]`, `12:`. */
const BEFORE_LOG = /^\s{0,8}(?:[^\p{L}\p{N}\s[<`]{1,3}|[([]?(?:\d{1,4}|\p{L})[.):\]]{1,2})\s+(?=\S)/u

/** A line without the mark of the list that it stands in, and the mark. Indentation is kept. */
export function listMark(line: string): { readonly text: string; readonly mark: string | null } {
  const found = /^\s{0,6}\*{3,}/.test(line) ? null : (MARK.exec(line) ?? markBeforeLog(line))
  if (found === null) return { text: line, mark: null }
  const indent = /^\s*/.exec(found[0])?.[0] ?? ''
  return { text: indent + line.slice(found[0].length), mark: found[0].trim() }
}

function markBeforeLog(line: string): RegExpExecArray | null {
  const found = BEFORE_LOG.exec(line)
  if (found === null || undress(line) !== null) return null
  return undress(line.slice(found[0].length).replaceAll('`', '')) === null ? null : found
}
