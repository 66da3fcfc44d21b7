import { ABSENT, OVER, STILL } from '../knowledge/over-words.ts'
import type { InProse } from '../model/log.ts'

/** What stands in the lines next to this one, where a sentence may go on across the break; else empty. */
export interface Around {
  readonly before: string
  readonly after: string
}

/** Text on either side that is looked at: a sentence is hardly longer. */
const REACH = 400
const SENTENCE_END = /[.!?。！？؟](?=["'`»)\]*]{0,3}(?:\s|$))|[。！？]/u
/** Above this many words before a colon it is hardly a program's label any more. */
const LABEL = 2
/** Labels of more words: virtManager/vmmenu.py and createvm.py, and the level that virtinst/cli.py puts first. */
const LABELS =
  /^(?:Error starting domain|Unable to complete install)\b|^(?:ERROR|WARNING) (?=internal error:|\S+error:)/i

/** What is known of a message apart from this line. */
export interface Own {
  /** A line of the program that prints it: its words there are no sentence. */
  readonly example: string
  /** Its last part is whatever the program goes on to say. */
  readonly open: boolean
}

/**
 * How a message between `start` and `end` stands in its line. Programs put a label with a colon before a message;
 * people build it into a sentence. Words without a colon before it are one sign of that, and with them count words that
 * go on behind it, quotation marks and a question: one sign is a report, more are talk about the message. Undefined: it
 * has the line for itself.
 */
export function inProse(text: string, start: number, end: number, around: Around, own: Own): InProse | undefined {
  const from = start - ownLead(text, start, own.example)
  const head = lastSentence(`${around.before} ${text.slice(Math.max(0, from - REACH), from)}`)
  const tail = firstSentence(`${text.slice(end, end + REACH)} ${around.after}`.trimEnd())
  const words = wordsBefore(head, own.example)
  if (words === 0 && own.open) return undefined
  const quoted = words > 1 && opensQuote(head)
  const goesOn =
    (quoted ? /\p{L}/u : /^["'`»”*]{0,2}\s*[\p{Ll}\p{Lo}]/u).test(tail.text) && wordsIn(tail.text, own.example) > 0
  if (!tail.asked && ((goesOn && saysOver(tail.text)) || (words > 0 && saysAbsent(head)))) return 'over'
  const signs = Number(words > 0) + Number(quoted) + Number(goesOn) + Number(tail.asked)
  if (words === 0) return tail.asked ? (goesOn ? 'quoted' : 'told') : undefined
  return signs === 1 ? 'told' : 'quoted'
}

/** What stands right before the message and is a sentence of the program's own, by its example: how much of it. */
function ownLead(text: string, start: number, example: string): number {
  const at = example.indexOf(text.slice(start, start + 16))
  let same = 0
  while (same < Math.min(at, start) && text[start - same - 1] === example[at - same - 1]) same++
  return /[.!?] /.test(text.slice(start - same, start)) ? same : 0
}

function lastSentence(text: string): string {
  const end = text.trimEnd()
  let rest = end
  for (let found = SENTENCE_END.exec(rest); found !== null; found = SENTENCE_END.exec(rest))
    rest = rest.slice(found.index + found[0].length)
  return rest.trim()
}

function firstSentence(text: string): { readonly text: string; readonly asked: boolean } {
  const found = SENTENCE_END.exec(text)
  if (found === null) return { text, asked: false }
  return { text: text.slice(0, found.index), asked: /[?？؟]/u.test(found[0]) }
}

/** The words of a sentence that stand before the message; what programs put there is none. */
function wordsBefore(head: string, example: string): number {
  // The value of a field in JSON or logfmt is a program's, however it is worded.
  if (LABELS.test(head) || /\w"?[=:]"/.test(head)) return 0
  const lead = head.replace(/["'`«»„“”(\s*]{1,8}$/u, '')
  const colon = /[:：](?=\s|["'`]|$)|：/u.exec(lead)
  const label = colon !== null || /[=>→|\]]$|\/\S{1,80}$/u.test(lead) || /\s[-–—]$/u.test(lead)
  const first = colon === null ? lead : lead.slice(0, colon.index)
  const words = wordsIn(first, example)
  // `vfio-pci 0000:01:00.0: ` is a label; the words before it are none.
  const named = words > 1 && /\s["'`„«]?\S*[\d_/]\S*$/u.test(first)
  return label && words <= LABEL && !named ? 0 : words
}

/** Words of a language that the program does not say; a sign of Chinese or Japanese is half a word. */
function wordsIn(text: string, example: string): number {
  const own = new Set(example.split(/[^\p{L}'’]+/u))
  let words = 0
  for (const token of text.split(/\s+/, 100)) {
    const word = token.replace(/^[("'`«„*]{1,3}|[)"'`»,;*]{1,3}$/gu, '')
    if (!/^\p{L}[\p{L}\p{M}'’]*$/u.test(word) || own.has(word)) continue
    words += /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word) ? Math.ceil(word.length / 2) : 1
  }
  return words
}

/** Whether a quotation that began in this text is still open at its end. */
function opensQuote(head: string): boolean {
  let open = ''
  for (let at = 0; at < head.length; at++) {
    const sign = head.charAt(at)
    if (open !== '') {
      if (CLOSES[open]?.includes(sign) === true) open = ''
    } else if (Object.hasOwn(CLOSES, sign) && /[\s([*]|^$/.test(head.charAt(at - 1))) open = sign
  }
  return open !== ''
}

const CLOSES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '«': '»',
  '„': '"“”',
  '“': '”',
  '「': '」',
}

let over: RegExp | undefined
let absent: RegExp | undefined

function words(byLanguage: Readonly<Record<string, readonly string[]>>): string {
  return Object.values(byLanguage).flat().join('|')
}

function saysOver(tail: string): boolean {
  over ??= new RegExp(`(?<![\\p{L}])(?<!(?:${STILL.join('|')}) )(?:${words(OVER)})`, 'iu')
  return over.test(tail)
}

function saysAbsent(head: string): boolean {
  absent ??= new RegExp(`(?:^|\\s)(?:${words(ABSENT)})\\s*["'\`«„*]{0,2}$`, 'iu')
  // What dev_printk and QEMU put before a message is no part of the sentence.
  return absent.test(head.replace(/["'`«„]?(?:[\w.-]{1,64} )?[\da-fA-F:.]{7,16}:$/u, ''))
}
