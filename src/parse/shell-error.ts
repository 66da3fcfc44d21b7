import { ERRNO } from '../knowledge/messages/errno.ts'
import { TRANSLATED } from '../knowledge/messages/errno-translated.ts'
import type { Attempt } from '../model/guests.ts'
import { addressIn } from './iommu-listing.ts'
import { inProse } from './prose.ts'
import { attemptKind } from './shell-attempt.ts'

/** The answer of a shell, of tee or of a program to a failed write or command. */
export interface ShellError {
  /** In the words of strerror in the C locale, or modprobe's own sentence. */
  readonly error: string
  /** The file that it names, where it names one. */
  readonly path: string | null
  /** The file was not even opened. A failed write names no file; tee names it for both. */
  readonly opening: boolean
}

/** Who complains, at the start of a line; also where a script and its line are named. */
const SPEAKER =
  /^(?:-?(?:\/(?:usr\/)?bin\/)?(?:ba|z|da|k|fi|a)?sh|tee|echo|cat|printf|insmod|write|open|ls|\S{1,120}\.(?:sh|py))(?:\[\d{1,9}\])?: |^error writing |^write error|^(?:sudo: )?unable to /i

const LONGEST = 600

/** What a shell or a tool answered, where the line is that. In whatever language glibc spoke. */
export function shellError(line: string): ShellError | null {
  const text = line.trim()
  if (text.length > LONGEST) return null
  const kmod = /^(?:sudo: )?modprobe: (?:FATAL|ERROR): .{1,200}$/.exec(text)
  if (kmod !== null) return { error: text, path: null, opening: false }
  const path = /\/sys\/[^\s"'’”`,;]{1,300}/.exec(text)?.[0].replace(/:$/, '') ?? null
  if (path === null && !SPEAKER.test(text)) return null
  const error = errorWords(text)
  if (error === null || (!SPEAKER.test(text) && talkedAbout(text, error))) return null
  const opening = path !== null && !/\b(?:tee|write|writing)\b/.test(text.slice(0, text.indexOf(path)))
  return { error, path, opening }
}

/** Whether a sentence holds the path and the error, and goes on about them. */
function talkedAbout(text: string, error: string): boolean {
  const at = text.toLowerCase().lastIndexOf(error.toLowerCase())
  const end = at < 0 ? text.length : Math.max(at + error.length, text.indexOf('/sys/'))
  const own = { example: '', open: false }
  const prose = inProse(text, Math.max(0, text.indexOf('/sys/')), end, { before: '', after: '' }, own)
  return prose === 'quoted' || prose === 'over'
}

let english: RegExp | undefined
let byWords: ReadonlyMap<string, string> | undefined

/** strerror's words in lower case, in the C locale and in translation → those of the C locale. */
function dictionary(): ReadonlyMap<string, string> {
  if (byWords !== undefined) return byWords
  const words = new Map(ERRNO.map((one) => [one[2].toLowerCase(), one[2]] as const))
  for (const [, name, meant] of ERRNO) {
    if (!Object.hasOwn(TRANSLATED, name)) continue
    for (const said of TRANSLATED[name] ?? []) words.set(said.toLowerCase(), meant)
  }
  // dash has words of its own for a file that it could not make (errmsg in its src/error.c).
  words.set('directory nonexistent', 'No such file or directory')
  words.set('no file or directory', 'No such file or directory')
  return (byWords = words)
}

/** What stands behind the last colon, or in brackets at the end: where strerror's words are put. */
function tail(text: string): string {
  const bracket = /\(([^()]{3,80})\)[.\s]{0,3}$/.exec(text.slice(-100))?.[1]
  if (bracket !== undefined) return bracket
  const colon = Math.max(text.lastIndexOf(': '), text.lastIndexOf('：'))
  return text
    .slice(Math.max(0, colon + 1), colon + 121)
    .trim()
    .replace(/[.)\]"'»”]{1,4}$/, '')
}

/** The last words of strerror in a text, in the C locale's form; null where there are none. */
export function errorWords(text: string): string | null {
  const exact = dictionary().get(tail(text).toLowerCase())
  if (exact !== undefined) return exact
  // The longest first: "No such device or address" begins with the words of another error.
  english ??= new RegExp(
    ERRNO.map((one) => one[2])
      .sort((one, other) => other.length - one.length)
      .map((words) => words.replace('/', '\\/'))
      .join('|'),
    'gi',
  )
  const said = text.match(english)?.at(-1)?.toLowerCase()
  return said === undefined ? null : (dictionary().get(said) ?? null)
}

/** An error that names the file of sysfs itself tells the attempt, though nobody pasted the command. */
export function attemptOfError(error: ShellError, text: string, line: number): Attempt | null {
  const kind = error.path === null ? null : attemptKind(error.path)
  if (kind === null || error.path === null) return null
  const end = text.indexOf(error.path)
  return {
    kind,
    // What was answered stands beside it.
    command: (end === -1 ? text : text.slice(0, end + error.path.length)).trim().slice(0, 200),
    address: addressIn(error.path)?.address ?? null,
    deviceId: null,
    driver: /\/drivers\/([\w-]{1,64})\//.exec(error.path)?.[1] ?? null,
    error: error.error,
    ...(error.opening ? { opening: true } : {}),
    line,
  }
}

/** A line with strerror's words in the C locale's form, as the tables of messages have them. */
export function inEnglish(text: string): string {
  // Whoever writes French puts a blank before the colon.
  const plain = text.includes('VFIO_MAP_DMA : ') ? text.replace('VFIO_MAP_DMA : ', 'VFIO_MAP_DMA: ') : text
  if (!/[:：] ?\S/.test(plain)) return plain
  const last = tail(plain)
  const meant = dictionary().get(last.toLowerCase())
  if (meant === undefined || meant === last) return plain
  const at = plain.lastIndexOf(last)
  return plain.slice(0, at) + meant + plain.slice(at + last.length)
}
