import { cleanBlock } from '../clean.ts'

/**
 * Cleaned text as Markdown that shows it and nothing else: no emphasis, link, HTML, table cell, heading, list, quote,
 * formula or automatic link (CommonMark 0.31 section 2.4, GFM 0.29 section 6.9, and Reddit's superscript). GitHub links
 * `@name` and `#12` after rendering, where no escape reaches: those two are written so that they are no longer one word.
 */
export function prose(text: string): string {
  return text
    .replace(/@(?=\S)/g, '(at)')
    .replace(/#(?=[0-9])/g, '# ')
    .replace(/[\\`*[\]<>|~^$]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/&(?=[#A-Za-z])/g, '\\&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\b(www|mailto|xmpp)(?=[.:])/gi, '$1\\')
    .replace(/^#/, '\\#')
    .replace(/^[-+=](?=[-+=\s]|$)/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}

/** A code span that no run of backticks inside can close (CommonMark section 6.1). For a word or a path in a sentence. */
export function span(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1)
  const edge = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${edge}${text}${edge}${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map((one) => one[0].length))
}

/**
 * Lines as a code block, indented by four blanks: the one form that GitHub, GitLab, Stack Exchange, most forums and
 * both Reddits show alike (old Reddit runs a fenced block together into one line). Nothing inside can end it, since
 * every line carries the indent. It must not follow a list, which would take it in.
 */
export function block(text: string): string {
  return cleanBlock(text)
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `    ${line}`))
    .join('\n')
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Paragraphs parted by empty lines, closed by one line break. */
export function document(parts: readonly string[]): string {
  return `${parts.filter((one) => one !== '').join('\n\n')}\n`
}
