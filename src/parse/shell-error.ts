import { ERRNO } from '../knowledge/messages/errno.ts'
import { TRANSLATED } from '../knowledge/messages/errno-translated.ts'
import type { Attempt } from '../model/guests.ts'
import { addressIn } from './iommu-listing.ts'
import { attemptKind } from './shell-attempt.ts'

/** The answer of a shell, of tee or of a program to a failed write or command. */
export interface ShellError {
  /** In the words of strerror in the C locale, or modprobe's own sentence. */
  readonly error: string
  /** The file that it names, where it names one. */
  readonly path: string | null
}

/** Who complains, at the start of a line; also where a script and its line are named. */
const SPEAKER =
  /^(?:-?(?:ba|z|da|k|fi|a)?sh|tee|echo|cat|printf|insmod|write|open|ls|\S{1,120}\.(?:sh|py))(?:\[\d{1,9}\])?: |^error writing |^write error|^(?:sudo: )?unable to /i

const LONGEST = 600

/** What a shell or a tool answered, where the line is that. In whatever language glibc spoke. */
export function shellError(line: string): ShellError | null {
  const text = line.trim()
  if (text.length > LONGEST) return null
  const kmod = /^(?:sudo: )?modprobe: (?:FATAL|ERROR): .{1,200}$/.exec(text)
  if (kmod !== null) return { error: text, path: null }
  const path = /\/sys\/[^\s"'’”`,;]{1,300}/.exec(text)?.[0].replace(/:$/, '') ?? null
  if (path === null && !SPEAKER.test(text)) return null
  const error = errorWords(text)
  return error === null ? null : { error, path }
}

/** The last words of strerror in a text, in the C locale's form; null where there are none. */
export function errorWords(text: string): string | null {
  const said = text.toLowerCase()
  let best = { at: -1, length: 0, words: '' }
  const look = (words: string, meant: string): void => {
    const at = said.lastIndexOf(words.toLowerCase())
    // "No such device or address" begins with the words of another error.
    if (at < 0 || at < best.at || (at === best.at && words.length < best.length)) return
    best = { at, length: words.length, words: meant }
  }
  for (const [, , words] of ERRNO) look(words, words)
  if (best.at < 0) {
    for (const [name, all] of Object.entries(TRANSLATED)) {
      const meant = ERRNO.find((one) => one[1] === name)?.[2]
      if (meant !== undefined) for (const words of all) look(words, meant)
    }
  }
  return best.at < 0 ? null : best.words
}

/** An error that names the file of sysfs itself tells the attempt, though nobody pasted the command. */
export function attemptOfError(error: ShellError, text: string, line: number): Attempt | null {
  const kind = error.path === null ? null : attemptKind(error.path)
  if (kind === null || error.path === null) return null
  return {
    kind,
    command: text.trim().slice(0, 200),
    address: addressIn(error.path)?.address ?? null,
    deviceId: null,
    driver: /\/drivers\/([\w-]{1,64})\//.exec(error.path)?.[1] ?? null,
    error: error.error,
    line,
  }
}

/** A line with strerror's words in the C locale's form, as the tables of messages have them. */
export function inEnglish(text: string): string {
  // QEMU before 2.9, and whoever writes French, put a blank before the colon.
  const plain = text.replace(/^(.{0,80}VFIO_MAP_DMA) : (-?\d)/, '$1: $2')
  if (
    plain.length > LONGEST * 4 ||
    !/[:：] /.test(plain) ||
    !/\/(?:sys|dev)\/|-device |error|qemu|kvm|[^ -~]/i.test(plain)
  ) {
    return plain
  }
  for (const [name, all] of Object.entries(TRANSLATED)) {
    for (const words of all) {
      const at = plain.indexOf(words)
      const meant = at < 0 ? undefined : ERRNO.find((one) => one[1] === name)?.[2]
      if (meant !== undefined) return plain.slice(0, at) + meant + plain.slice(at + words.length)
    }
  }
  return plain
}
