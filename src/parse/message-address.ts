import type { Address } from '../model/pci.ts'

const ADDRESS = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/

/** `01:00.0`, `0000:01:00.0` or `10000:01:00.0` in any case as an address; null where it is none. */
export function normalAddress(text: string): Address | null {
  if (text.length > 16) return null
  const parts = ADDRESS.exec(text.toLowerCase())
  return parts === null ? null : `${parts[1] ?? '0000'}:${parts[2]}:${parts[3]}.${parts[4]}`
}

export interface Prefix {
  /** `vfio-pci`, `pci`, `vfio` (QEMU), … */
  readonly driver: string
  readonly device: Address
}

/** Longest piece before a message that is searched for the device. */
const BEFORE = 192
/**
 * What dev_printk puts before a message (drivers/base/core.c: driver or bus, then the device), and after that what
 * pr_fmt and the function add: `vfio-pci 0000:01:00.0: vgaarb: `, `pcieport 0000:00:1c.0: AER: `. The same form is
 * used by QEMU (`vfio 0000:01:00.0: `).
 */
const PREFIX =
  /(?:^|[^\w.-])([A-Za-z][\w.-]{0,63}) ((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]): ?(?:[^\s:[\]]{1,48}: ?|\[Firmware (?:Bug|Warn|Info)\]: ?|: ?){0,4}$/

/** The device prefix that ends right before `end`, or null. */
export function prefixBefore(line: string, end: number): Prefix | null {
  const before = line.slice(Math.max(0, end - BEFORE), end)
  // Cheap refusal of what cannot be one, so that the expression runs on few lines.
  return before.includes(': ') && before.includes('.') ? prefixOf(PREFIX.exec(before)) : null
}

/** What dev_printk put first, with more of the message after it (`pci 0000:01:00.0: BAR 1 [mem …]: failed to assign`). */
const EARLIER = /(?:^|[^\w.-])([A-Za-z][\w.-]{0,63}) ((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]): /

/** The first device prefix somewhere before `end`, or null. */
export function prefixAhead(line: string, end: number): Prefix | null {
  return prefixOf(EARLIER.exec(line.slice(Math.max(0, end - BEFORE), end)))
}

function prefixOf(found: RegExpExecArray | null): Prefix | null {
  const device = found === null ? null : normalAddress(found[2] ?? '')
  return device === null ? null : { driver: found?.[1] ?? '', device }
}

const ANYWHERE =
  /(?<![0-9a-fA-F:.])(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7](?![0-9a-fA-F]|:[0-9a-fA-F])/g

/** The last address in a text, as `-device vfio-pci,host=01:00.0: ` or a path of sysfs before a program's message. */
export function lastAddress(text: string): Address | null {
  const last = text.match(ANYWHERE)?.at(-1)
  return last === undefined ? null : normalAddress(last)
}
