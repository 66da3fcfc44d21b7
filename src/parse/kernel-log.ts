import type { KernelLog, LogLine } from '../model/log.ts'
import { cleanLine } from './clean.ts'
import { undress } from './log-dress.ts'

export interface KernelLogOptions {
  /** Lines kept at each end; what is between them is dropped. Default 25 000. */
  readonly keep?: number
  /** A line without a dress: continuation of a record, or a log without times (default: keep), or alien text (drop). */
  readonly undressed?: 'keep' | 'drop'
  /** Forget what was before the last banner of a boot: a file of a log daemon holds several boots. Default false. */
  readonly lastBoot?: boolean
}

/** What the kernel prints first of all, bar a few lines of very early set-up (linux_banner, init/version.c). */
export const BANNER = 'Linux version '

/** Lines that may stand before the banner: "Booting Linux on physical CPU", early microcode. */
const BEFORE_BANNER = 16

/**
 * A single line of a kernel log; null where it is not dressed as one, or where its dress names another program.
 * `number` is its 1-based place in the source.
 */
export function parseLogLine(line: string, number = 1): LogLine | null {
  const bare = undress(line)
  if (bare === null || (bare.program !== null && bare.program !== 'kernel')) return null
  return { text: bare.text, time: bare.time, wall: bare.wall, level: bare.level, line: number }
}

/** The lines of a kernel log in any of the dresses that `undress` knows; lines of other programs are left out. */
export function parseKernelLog(text: string, options: KernelLogOptions = {}): LogLine[] {
  return scan(text, options).lines
}

/**
 * The same, with whether it reaches back to the start of the boot: the banner is among its first lines and nothing
 * was dropped after it. `cut`: the text itself is known to lack a part.
 */
export function readKernelLog(text: string, options: KernelLogOptions = {}, cut = false): KernelLog {
  const { lines, dropped } = scan(text, options)
  return { lines, fromBoot: !cut && !dropped && startsAtBoot(lines) }
}

/** Whether the banner of the boot is among the first lines. */
export function startsAtBoot(lines: readonly LogLine[]): boolean {
  return lines.slice(0, BEFORE_BANNER).some((one) => one.text.startsWith(BANNER))
}

function scan(text: string, options: KernelLogOptions): { lines: LogLine[]; dropped: boolean } {
  const { keep = 25_000, undressed = 'keep', lastBoot = false } = options
  let head: LogLine[] = []
  let tail: LogLine[] = []
  let dropped = false
  let number = 0
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    number++
    const line = lineOf(text.slice(from, to), number, undressed)
    from = to + 1
    if (line === null) continue
    if (lastBoot && line.text.startsWith(BANNER)) {
      head = []
      tail = []
      dropped = false
    }
    if (head.length < keep) head.push(line)
    else tail.push(line)
    // Let the tail grow to twice its size before it is cut: one copy for `keep` lines, not one for each.
    if (tail.length >= 2 * keep) {
      tail = tail.slice(-keep)
      dropped = true
    }
  }
  if (tail.length > keep) {
    tail = tail.slice(-keep)
    dropped = true
  }
  return { lines: [...head, ...tail], dropped }
}

function lineOf(raw: string, number: number, undressed: 'keep' | 'drop'): LogLine | null {
  const bare = undress(raw)
  if (bare !== null) {
    if (bare.text === '' || (bare.program !== null && bare.program !== 'kernel')) return null
    return { text: bare.text, time: bare.time, wall: bare.wall, level: bare.level, line: number }
  }
  if (undressed === 'drop') return null
  const text = cleanLine(raw).trim()
  // "-- Boot 5f… --", "-- No entries --": words of journalctl, not of the kernel.
  if (text === '' || /^-- .{1,200} --$/.test(text)) return null
  return { text, time: null, wall: null, level: null, line: number }
}
