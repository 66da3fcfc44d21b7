import { ERRNO } from '../knowledge/messages/errno.ts'
import type { Layer } from '../knowledge/message.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import type { Address } from '../model/pci.ts'
import { withoutMark } from './chopped.ts'
import { cleanLine } from './clean.ts'
import { FloodGate } from './flood-gate.ts'
import { undress } from './log-dress.ts'
import { devicePrefix, lastAddress } from './message-address.ts'
import type { Finder, Known } from './message-index.ts'
import { matchAt, type Match } from './message-template.ts'
import { inProse, type Around } from './prose.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A line to search: bare as `parseKernelLog` gives it, or as it stood in a paste, dress and quote marks and all. */
export interface SearchedLine {
  readonly text: string
  /** 1-based line in the source. */
  readonly line: number
  /** Seconds since boot. */
  readonly time: number | null
  readonly wall: string | null
  /** It wore the dress of a log, which is taken off already. */
  readonly logged?: true
  /** There where the line may be a sentence of the poster. */
  readonly around?: Around
}

/**
 * The messages of the vocabulary in these lines, in their order; those of one line from the most specific on. A message that a mailer broke in two is found across the break. Never throws
 * on any text. Of a flood the first and the last hits of a message are kept, and `dropped` says how many were not.
 */
export function recognise(
  lines: Iterable<SearchedLine>,
  source: string,
  fromBoot: boolean,
  vocabulary: Vocabulary,
): MessageList {
  const { find } = vocabulary
  const gate = new FloodGate<Found>()
  const keep = (found: Found): void => gate.add(found.known.message.id, found)
  let before: { readonly line: SearchedLine; readonly text: string } | null = null
  for (const line of lines) {
    const text = plainText(line.text)
    const found = withChopped(search(find, text, line), text, line, vocabulary)
    if (before !== null && line.time === null && line.wall === null) {
      const seam = before.text.length
      // The seam itself is a blank: what touches it from one side only was found without the join.
      const broken = search(find, `${before.text} ${text}`, before.line).filter(
        ({ match }) => match.start < seam && match.end > seam + 1,
      )
      // A line that wears the dress of a log begins a record, and continues none.
      if (broken.length > 0 && undress(text) === null) broken.forEach(keep)
    }
    found.forEach(keep)
    before = text.length >= WRAPPED_FROM && text.length <= WRAPPED_TO ? { line, text } : null
  }
  const { items, dropped } = gate.result()
  const hits = withHints(items.map((one) => hitOf(one, source)))
  return dropped > 0 ? { hits, fromBoot, dropped } : { hits, fromBoot }
}

/** A hint on a line of its own shows that the error before it is a program's, whatever words somebody put there. */
function withHints(hits: readonly MessageHit[]): readonly MessageHit[] {
  return hits.map((hit, at) => {
    const next = hits[at + 1]
    const hinted = next?.id === `${hit.id}-hint` && next.prose === undefined && next.line - hit.line === 1
    if (hit.prose === undefined || hit.prose === 'over' || !hinted) return hit
    const { prose: _, ...own } = hit
    return own
  })
}

/** Mailers and forums break lines between these lengths. */
const WRAPPED_FROM = 40
const WRAPPED_TO = 130

/** Quote marks, list marks and blanks before a line, as mail and Markdown put them. */
const MARKS = /^(?:[>|\s]|[-*+] (?=\S)){1,32}/
/** What typographers and HTML make of quotes and blanks. */
const DRESSED = /[\u2018\u2019\u201c\u201d\u00a0]/

/** The line as it is matched: clean, without quote marks, one blank where there were several, plain quotes. */
function plainText(line: string): string {
  let text = cleanLine(line)
  const first = text.charCodeAt(0)
  // Letters, digits and brackets begin nearly every line, and none of the marks.
  if (first < 0x30 || first === 0x3e || first === 0x7c) text = text.replace(MARKS, '')
  if (text.includes('  ')) text = text.replace(/ {2,}/g, ' ')
  if (DRESSED.test(text)) {
    text = text
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/[\u201c\u201d]/g, '"')
      .replace(/\u00a0/g, ' ')
  }
  return text.trimEnd()
}

/** A message met; what it says is read only when it is known to be kept. */
interface Found {
  readonly known: Known
  readonly match: Match
  readonly text: string
  readonly line: SearchedLine
}

function search(find: Finder, text: string, line: SearchedLine): readonly Found[] {
  let found: Found[] | undefined
  find(text, (known, piece, at) => {
    if (found !== undefined && found.some((one) => one.known === known)) return
    const match = matchAt(known.template(), text, piece, at)
    if (match === null || !standsFree(text, match, known)) return
    ;(found ??= []).push({ known, match, text, line })
  })
  if (found === undefined) return []
  if (found.length === 1) return found
  const all = found
  return all.filter((one) => !all.some((other) => swallows(other, one))).sort((a, b) => weight(b) - weight(a))
}

/** The same with the message that the edge of a screen cut off, in a line that wears the dress of a log. */
function withChopped(
  found: readonly Found[],
  text: string,
  line: SearchedLine,
  vocabulary: Vocabulary,
): readonly Found[] {
  if (vocabulary.findChopped === null) return found
  const left = withoutMark(text)
  if (left === null) return found
  const logged = line.logged === true || line.time !== null || line.wall !== null || undress(text) !== null
  if (!logged) return found
  const chopped = vocabulary.findChopped(left.trimEnd())
  if (
    chopped === null ||
    found.some(({ match }) => match.start <= chopped.match.start && match.end > chopped.match.start)
  )
    return found
  return [...found, { ...chopped, text, line }]
}

function weight(found: Found): number {
  return found.known.template().fixed
}

/** Whether `small` is only a piece of what `big` says. */
function swallows(big: Found, small: Found): boolean {
  return weight(big) > weight(small) && big.match.start <= small.match.start && big.match.end >= small.match.end
}

const WORD = /[A-Za-z0-9]/
/** Fewer characters than this can be anybody's words. */
const SHORT = 32

/** Not a piece of a longer word, and, for a message of few words, nothing else around it. */
function standsFree(text: string, match: Match, { message }: Known): boolean {
  const joins = (left: number): boolean => WORD.test(text[left] ?? '') && WORD.test(text[left + 1] ?? '')
  if ((!match.cut && joins(match.start - 1)) || joins(match.end - 1)) return false
  // Of a message whose head was cut off a few words are left: they end it, or belong to another sentence.
  if (match.cut && match.end - match.start < SHORT && /[A-Za-z0-9]/.test(text.slice(match.end))) return false
  if (!message.alone) return true
  if (match.cut || !/^[\s.!'"`*)]*$/.test(text.slice(match.end))) return false
  const before = text.slice(Math.max(0, match.start - 16), match.start).trimEnd()
  if (before !== '' && !/[\]:>|*`"']$/.test(before)) return false
  if (message.names === 'nothing' || match.values['device'] !== undefined) return true
  return devicePrefix(text, match.start)?.adjacent === true
}

function hitOf({ known, match, text, line }: Found, source: string): MessageHit {
  const { message } = known
  const ahead = devicePrefix(text, match.start)
  const prefix = ahead?.adjacent === true || message.names === 'device' ? ahead : null
  const values: Record<string, string> = { ...(prefix === null ? {} : { driver: prefix.driver }), ...match.values }
  const named = values['device'] ?? null
  if (named !== null && prefix !== null && prefix.device !== named) values['reporter'] = prefix.device
  const said = PROGRAMS.has(message.layer) ? text.slice(match.start) : ''
  const own = said === '' ? null : errorName(undefined, message.text)
  const error = own ?? errorName(values['errno'], said) ?? choppedError(said)
  if (error !== null) values['error'] ??= error
  const dress = line.time === null && line.wall === null ? undress(text) : null
  const ways = { example: message.example, open: known.template().trail?.kind === 'rest' }
  const prose =
    line.around === undefined || dress !== null ? undefined : inProse(text, match.start, match.end, line.around, ways)
  return {
    ...(prose === undefined ? {} : { prose }),
    id: message.id,
    layer: message.layer,
    topic: message.topic,
    family: message.family,
    severity: message.severity,
    harmless: message.harmless,
    meaning: message.meaning,
    text,
    line: line.line,
    time: line.time ?? dress?.time ?? null,
    wall: line.wall ?? dress?.wall ?? null,
    device: named ?? prefix?.device ?? nearby(known, match, text),
    values,
    source,
  }
}

/** Programs name the device anywhere before the message: `-device vfio-pci,host=01:00.0: `, a path of sysfs. */
function nearby({ message }: Known, match: Match, text: string): Address | null {
  if (message.names === 'nothing' && message.layer !== 'qemu' && message.layer !== 'rust-vmm') return null
  return lastAddress(text.slice(0, match.end))
}

/** Layers that print errors in the words of strerror; the kernel prints numbers. */
const PROGRAMS: ReadonlySet<Layer> = new Set<Layer>([
  'qemu',
  'libvirt',
  'lxd',
  'proxmox',
  'kmod',
  'shell',
  'dpdk',
  'rust-vmm',
  'xen',
])

/** The name of the error: of the number that the message holds, else of the last strerror words in the line. */
function errorName(errno: string | undefined, text: string): string | null {
  if (errno !== undefined) {
    const number = Math.abs(Number(errno))
    return ERRNO.find((one) => one[0] === number)?.[1] ?? null
  }
  if (text === '') return null
  let last = -1
  let name: string | null = null
  let length = 0
  // Go and zsh print them in lower case.
  const said = text.toLowerCase()
  for (const [, symbol, words] of ERRNO) {
    const at = said.lastIndexOf(words.toLowerCase())
    // "No such device or address" begins with the words of another error.
    if (at < 0 || at < last || (at === last && words.length < length)) continue
    last = at
    name = symbol
    length = words.length
  }
  return name
}

/** The error whose words the line ends in the middle of, if only one begins so. */
function choppedError(text: string): string | null {
  const tail = (withoutMark(text) ?? '').split(': ').at(-1)?.trim() ?? ''
  if (tail.length < 6) return null
  const names = ERRNO.filter(([, , words]) => words.startsWith(tail)).map(([, name]) => name)
  return names.length === 1 ? (names[0] ?? null) : null
}
