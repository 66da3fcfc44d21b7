import { cleanLine } from '../parse/clean.ts'
import { listMark } from './list-marks.ts'

export interface PasteLine {
  /** Cleaned and out of its quoting; indentation is kept. */
  readonly text: string
  /** 1-based line in the post. */
  readonly line: number
  /** A blank line or a code fence stands before it. */
  readonly gap: boolean
  /** It wore the dress of a log, which is taken off. */
  readonly logged?: true
  /** The mark of a list that stood before it; the line is an item of its own. */
  readonly mark?: string
}

/** Text that a reader gave up on; what is left is still judged. */
export interface PasteText {
  readonly text: string
  /** The input was longer than what is read. */
  readonly truncated: boolean
}

export interface PasteLines {
  readonly lines: readonly PasteLine[]
  /** There were more lines than are kept. */
  readonly truncated: boolean
}

const MOST_LINES = 200_000
/** Characters of one line that are looked at, tabs and all. */
const LONGEST = 8192

/**
 * The lines of a post, out of what a forum, mailer or chat puts around them. Bounded in number and length.
 */
export function pasteLines(text: string): PasteLines {
  const lines: PasteLine[] = []
  const end = text.includes('\n') ? '\n' : '\r'
  let number = 0
  let gap = true
  let from = 0
  for (; from < text.length && lines.length < MOST_LINES;) {
    const newline = text.indexOf(end, from)
    const to = newline < 0 ? text.length : newline
    number++
    const raw = text.slice(from, Math.min(to, from + LONGEST))
    from = to + 1
    const {
      text: line,
      mark,
      fence,
    } = undecorate(cleanLine(raw.includes('\t') ? raw.replaceAll('\t', '        ') : raw))
    if (fence === true || line === '') gap = true
    if (line !== '') {
      lines.push(mark === null ? { text: line, line: number, gap } : { text: line, line: number, gap, mark })
      gap = false
    }
  }
  return { lines, truncated: from < text.length }
}

/** `[...]`, `…`, `<snip>`, `--` between the hits of grep: lines were left out here. */
export function isElision(text: string): boolean {
  return (
    text.length < 60 &&
    /^(?:[[(<]?\s?(?:\.{3,}|…|\.\. \.\.|snip|cut|truncated|omitted)\s?[\])>]?|--|-{2,}\s?(?:8<|✂|snip|cut).{0,40})$/iu.test(
      text.trim(),
    )
  )
}

/** Quotes of mail (nested), bullets, code fences, tags, entities, a chat's clock and nick, Markdown's back-ticks and bold. */
function undecorate(text: string): Undecorated {
  let line = text.trimEnd()
  if (line === '') return { text: '', mark: null }
  if (line.includes('>')) {
    for (let depth = 0; depth < 8 && /^\s{0,3}>(?=[\s>]|[\w[/]|$)/.test(line); depth++)
      line = line.replace(/^\s{0,3}> ?/, '')
  }
  if (FENCE.test(line)) {
    // An info string is one word; more than that is the first line of what was fenced in.
    const inside = line
      .replace(FENCE, '')
      .replace(/[`~]{3,16}$/, '')
      .trim()
    return { text: /^[\w+#.{}-]{0,32}$/.test(inside) ? '' : inside, mark: null, fence: true }
  }
  const item = listMark(line)
  line = item.text
  if (line.includes('**')) line = line.replace(/\*\*(?=[^\s*])([^*]{1,400}?[^\s*]|[^\s*])\*\*(?!\*)/g, '$1')
  if (line.includes('`')) line = outOfSpan(line.replace(/^(\s*)`([^`]+)`[.,:;]?$/, '$1$2'))
  if (line.includes('<'))
    line = line.replace(CHAT, '').replace(/<\/?(?:pre|code|br|p|tt|ul|ol|li)(?: [^<>]{0,80})?\/?>/gi, '')
  if (line.includes('[')) line = line.replace(/\[\/?(?:code|quote|pre|spoiler)(?:=[^\]]{0,60})?\]/gi, '')
  if (line.includes('&')) line = line.replace(/&(?:gt|lt|amp|quot|nbsp|#39|#34|#x27);/g, (one) => ENTITIES[one] ?? one)
  return { text: line, mark: item.mark }
}

/**
 * Without the one back-tick with which a span of code begins or ends that goes on over several lines (CommonMark 6.1). GNU's
 * quotes (`word') stay.
 */
function outOfSpan(line: string): string {
  const at = line.indexOf('`')
  if (at < 0 || at !== line.lastIndexOf('`')) return line
  if (at === line.length - 1) return line.slice(0, at).trimEnd()
  const opens = line.slice(0, at).trim() === '' && !/^[\w.-]{1,64}'/.test(line.slice(at + 1))
  return opens ? line.slice(0, at) + line.slice(at + 1) : line
}

const FENCE = /^\s*(?:`{3,16}|~{3,16})/

interface Undecorated {
  readonly text: string
  readonly mark: string | null
  /** It began with the fence of a code block. */
  readonly fence?: true
}

const CHAT = /^\[?\d{1,2}:\d{2}(?::\d{2})?\]? {1,4}<[ @+~&%]?[\w[\]\\^{}|-]{1,32}> ?/

const ENTITIES: Readonly<Record<string, string>> = {
  '&gt;': '>',
  '&lt;': '<',
  '&amp;': '&',
  '&quot;': '"',
  '&nbsp;': ' ',
  '&#39;': "'",
  '&#34;': '"',
  '&#x27;': "'",
}
