import { cleanLine } from './clean.ts'

/** A line of a log taken apart: what was put around the message, and the message. */
export interface Undressed {
  readonly text: string
  /** Seconds since boot. */
  readonly time: number | null
  /** The wall clock as printed. */
  readonly wall: string | null
  /** 0 emergency .. 7 debug. */
  readonly level: number | null
  /** Who wrote it, where the dress names a program (`kernel`, `libvirtd`); null where it does not. */
  readonly program: string | null
}

/**
 * Takes the dress off a line: what dmesg (plain, -r, -x, -T, -e, -d, --time-format iso), journalctl (short,
 * short-iso, short-precise, short-full, short-unix, short-monotonic), syslog daemons and CONFIG_PRINTK_CALLER put in
 * front of a kernel message. null: there is none. Control characters are gone from the text.
 */
export function undress(line: string): Undressed | null {
  const text = cleanLine(line).trim()
  return ringDress(text) ?? daemonDress(text) ?? halfDress(text)
}

/** `<6>[    1.234567] message`, as dmesg -r prints nearly every line; the message is none that begins with a bracket. */
const RAW = /^<(\d{1,4})>\[ {0,12}(\d{1,12}\.\d{3,9})\] ?([^\s[].*)$/

/** `<6>`, `kern  :info  :` and a bracket with the time: what comes from the ring buffer itself. */
function ringDress(text: string): Undressed | null {
  const raw = RAW.exec(text)
  // Any other form, and what a journal put in front of the message, takes a closer look.
  if (raw !== null && raw[3] !== undefined && !raw[3].includes('kernel: '))
    return { text: raw[3].trim(), time: Number(raw[2]), wall: null, level: levelOf(raw[1]), program: null }
  const prefix = levelPrefix(text)
  const rest = text.slice(prefix?.length ?? 0)
  const bracket = rest.startsWith('[') ? bracketDress(rest) : null
  if (prefix === null) return bracket
  if (bracket !== null) return { ...bracket, level: prefix.level }
  return { text: rest.trim(), time: null, wall: null, level: prefix.level, program: null }
}

/** `node1 kernel: [   12.345678] …`: a line of syslog without its date, and often without its host, as cut leaves it. */
function halfDress(text: string): Undressed | null {
  const writer = /^(?:[\w.-]{1,64} )?kernel: (?=\[)/.exec(text)
  const inner = writer === null ? null : ringDress(text.slice(writer[0].length))
  return inner === null || inner.time === null ? null : { ...inner, program: 'kernel' }
}

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const

/** syslog(2): facility times eight plus level. */
function levelOf(priority: string | undefined): number {
  return Number(priority) & 7
}

function levelPrefix(text: string): { readonly level: number; readonly length: number } | null {
  if (text.startsWith('<')) {
    const raw = /^<(\d{1,4})>/.exec(text)
    return raw === null ? null : { level: levelOf(raw[1]), length: raw[0].length }
  }
  const named = /^[a-z]{3,8}\d? {0,8}:(emerg|alert|crit|err|warn|notice|info|debug) {0,3}: ?/.exec(text)
  if (named === null) return null
  return { level: LEVELS.indexOf(named[1] as (typeof LEVELS)[number]), length: named[0].length }
}

/** A name and a blank, or nothing, before `kernel:`: short-monotonic of the journal, with and without the host. */
const JOURNAL = /^(?:[^\s:]{1,255} )?kernel: /
/** `[ T123]` a task, `[   C0]` a processor (CONFIG_PRINTK_CALLER; print_caller in kernel/printk/printk.c). */
const CALLER = /^ ?\[ {0,10}[TC]\d{1,10}\] ?/

function bracketDress(text: string): Undressed | null {
  const end = text.indexOf(']')
  if (end < 0 || end > 64) return null
  const inner = text.slice(1, end)
  const after = text.slice(end + 1)
  // Any program may stamp its lines so: it must say that it is the kernel.
  if (after.startsWith(' kernel: ') && DATE.test(inner))
    return { text: after.slice(9).trim(), time: null, wall: inner, level: null, program: 'kernel' }
  const stamp = clock(inner)
  if (stamp === null) return null
  let rest = (after.startsWith(' [') || after.startsWith('[') ? after.replace(CALLER, '') : after).trim()
  if (stamp.time !== null && rest.includes('kernel: ')) rest = rest.replace(JOURNAL, '')
  return { ...stamp, text: rest, level: null, program: null }
}

/** `2026/06/03 17:38:14 CEST`: the journal as some web front ends show it. */
const DATE = /^\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:[A-Z]{1,5}|[+-]\d\d:?\d\d))?$/

/** `   12.345678`, and with -d ` <    0.000123>` after it. */
const SECONDS = /^ {0,12}(\d{1,12}\.\d{3,9})(?: ?< {0,12}\d{1,10}\.\d{1,9}>)?$/

/** What stands between the brackets: seconds since boot, the wall clock (-T), or the steps of -e and -d. */
function clock(text: string): { readonly time: number | null; readonly wall: string | null } | null {
  const seconds = SECONDS.exec(text)
  if (seconds !== null) return { time: Number(seconds[1]), wall: null }
  const inner = text.replace(/ ?< {0,12}\+?\d{1,10}\.\d{1,9}>$/, '').trim()
  if (/^\+\d{1,12}\.\d{1,9}$/.test(inner)) return { time: null, wall: null }
  // The names of days and months follow the locale of whoever ran dmesg.
  const wall =
    /^\p{L}{1,9}\.?,? {1,2}\p{L}{1,9}\.? {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}$/u.test(inner) ||
    /^\p{L}{1,9}\.? ?\d{1,2} \d\d:\d\d$/u.test(inner)
  return wall ? { time: null, wall: inner } : null
}

/** An optional host, an optional `kern.info` of busybox syslogd, and the program with its process. */
const WRITER =
  /^ {1,2}(?:[^\s]{0,254}[^\s:] )?(?:[a-z]{3,8}\d?\.[a-z]{3,7} )?([^\s:[\]]{1,64})(?:\[\d{1,10}\])?:(?: |$)/

/** A record of auditd, which the kernel writes: `type=AVC msg=audit(1700000000.123:45): avc:  denied …`. */
const AUDIT = /^(?:node=\S{1,255} )?type=[A-Z_]{2,32} msg=audit\((\d{9,11}\.\d{3}):\d{1,12}\): {0,2}/

function daemonDress(text: string): Undressed | null {
  const audit = text.startsWith('type=') || text.startsWith('node=') ? AUDIT.exec(text) : null
  if (audit !== null)
    return { text: text.slice(audit[0].length), time: null, wall: audit[1] ?? null, level: null, program: 'kernel' }
  const wall = wallClock(text)
  if (wall === undefined) return null
  const rest = text.slice(wall.length)
  // A comma before the fraction is dmesg's own ISO form (util-linux), which names no writer.
  if (/,\d{1,9}[+-]/.test(wall)) return { text: rest.trim(), time: null, wall, level: null, program: null }
  const writer = WRITER.exec(rest)
  if (writer === null) return null
  const message = rest.slice(writer[0].length).trim()
  const program = writer[1] ?? null
  const inner = program === 'kernel' ? ringDress(message) : null
  return inner === null
    ? { text: message, time: null, wall, level: null, program }
    : { ...inner, wall: inner.wall ?? wall, program }
}

let clockPattern: RegExp | undefined

/**
 * Clocks of log daemons: RFC 3164 (with fractions too), ISO 8601, short-full and short-unix of the journal. The pattern is
 * made when it is needed: V8 takes half a millisecond over Unicode's letters.
 */
function wallClock(text: string): string | undefined {
  clockPattern ??=
    /^(?:\p{L}{2,9}\.? {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})?|(?:\p{L}{2,9}\.? )?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[+-]\d\d:?(?:\d\d)?|Z| [A-Z]{2,5})?|\d{9,11}\.\d{6})(?= )/u
  return clockPattern.exec(text)?.[0]
}
