import { undress } from '../parse/log-dress.ts'
import type { PasteLine } from './lines.ts'
import { begins, MOST, TO } from './unwrap.ts'

/**
 * Puts a line of a log together that a terminal broke at its right edge, in the middle of words: the rows but the last
 * are as wide as the terminal, or by one narrower where a blank stood at the edge. Two rows of one width in a line are
 * what tells; a single long row with a short one below may be two lines.
 */
export function unfold(lines: readonly PasteLine[]): readonly PasteLine[] {
  let folded: PasteLine[] | undefined
  let kept = 0
  for (let at = 0; at + 1 < lines.length; at++) {
    const rows = rowsOf(lines, at)
    const [first] = rows
    if (first === undefined || rows.length < 2) continue
    folded ??= []
    folded.push(...lines.slice(kept, at), { ...first, text: joined(rows) })
    kept = at + rows.length
    at = kept - 1
  }
  return folded === undefined ? lines : [...folded, ...lines.slice(kept)]
}

/** The rows that begin with this line, or none. */
function rowsOf(lines: readonly PasteLine[], at: number): readonly PasteLine[] {
  const width = Math.max(widthOf(lines[at]), widthOf(lines[at + 1]))
  const full = (line: PasteLine | undefined): boolean => widthOf(line) >= width - 1 && widthOf(line) <= width
  if (width <= TO || !full(lines[at]) || !full(lines[at + 1]) || undress(lines[at]?.text ?? '') === null) return []
  let end = at + 1
  for (let length = width; length < MOST && full(lines[end - 1]) && goesOn(lines[end], width); length += width) end++
  return end < at + 2 ? [] : lines.slice(at, end)
}

function widthOf(line: PasteLine | undefined): number {
  return line?.text.length ?? 0
}

function goesOn(line: PasteLine | undefined, width: number): boolean {
  return (
    widthOf(line) <= width && line !== undefined && !line.gap && line.mark === undefined && !begins(line.text.trim())
  )
}

function joined(rows: readonly PasteLine[]): string {
  const width = Math.max(...rows.map(widthOf))
  return rows.map(({ text }, at) => (at + 1 < rows.length ? text.padEnd(width) : text)).join('')
}
