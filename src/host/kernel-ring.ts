import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import type { Ran } from './host.ts'

const RING = '/dev/kmsg'
/** Character device 1:11 (Documentation/admin-guide/devices.txt); some containers have a link to the console there. */
const RING_DEVICE = 0x10b
/** Larger than any record: PRINTK_MESSAGE_MAX is 2048 bytes, 8192 before Linux 6.4 (CONSOLE_EXT_LOG_MAX). */
const RECORD = 16_384
/** A driver in a loop may print faster than anybody reads. */
const MOST_RECORDS = 200_000

/**
 * The kernel's ring buffer as `dmesg -r` prints it, read from where dmesg takes it. Reading takes nothing away from
 * other readers, and O_NONBLOCK makes the end an error in place of a wait.
 *
 * Throws what open(2) and read(2) refuse with: EPERM for somebody whom kernel.dmesg_restrict keeps out, ENOENT in a
 * container; an error without a code where something else has its name.
 * Source: Documentation/ABI/testing/dev-kmsg; devkmsg_read, kernel/printk/printk.c.
 */
export function readKernelRing(limit: number, path: string = RING): Ran {
  if (path === RING && statSync(RING).rdev !== RING_DEVICE) throw new Error('not the ring buffer')
  const ring = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  const buffer = Buffer.alloc(RECORD)
  let stdout = ''
  let read = 0
  let truncated = false
  try {
    for (;;) {
      const size = nextRecord(ring, buffer)
      if (size === 0) break
      if (size === null) continue
      read += 1
      truncated = read > MOST_RECORDS || stdout.length > limit
      if (truncated) break
      stdout += lineOfRecord(buffer.toString('latin1', 0, size))
    }
  } finally {
    closeSync(ring)
  }
  return { status: 0, stdout, stderr: '', truncated }
}

/** Bytes of the record that is now in `buffer`; 0 at the end; null where the kernel had written over the one due. */
function nextRecord(ring: number, buffer: Buffer): number | null {
  try {
    return readSync(ring, buffer, 0, RECORD, null)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EAGAIN') return 0
    if (code === 'EPIPE') return null
    throw error
  }
}

/**
 * `4,339,5140900,-;text`, then lines of ` KEY=value` that dmesg leaves out, becomes `<4>[    5.140900] text`, with
 * a line for each that the text has. The kernel writes a byte that does not print, and a backslash, as \xHH. Empty where it
 * is no such record.
 */
export function lineOfRecord(record: string): string {
  const found = /^(\d{1,10}),\d{1,20},(\d{1,15}),[^;\n]{0,200};([^\n]*)/.exec(record)
  if (found === null) return ''
  const [, level = '', microseconds = '', escaped = ''] = found
  const text = escaped.includes('\\x') ? unescape(escaped) : escaped
  const at = Number(microseconds)
  const time = `${String(Math.floor(at / 1e6)).padStart(5)}.${String(at % 1e6).padStart(6, '0')}`
  return text
    .split('\n')
    .map((line) => `<${level}>[${time}] ${line}\n`)
    .join('')
}

/** The bytes of a letter beyond ASCII are escaped one by one. */
function unescape(text: string): string {
  const latin = text.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return Buffer.from(latin, 'latin1').toString('utf8')
}
