import type { Address } from '../model/pci.ts'

/** Linux 5.14 prints a requester as `0x01:0x00.0` (drivers/iommu/intel/dmar.c: dmar_fault_do_one). */
const ADDRESS = /^(?:([0-9a-f]{4,8}):)?(?:0x)?([0-9a-f]{2}):(?:0x)?([01][0-9a-f])\.([0-7])$/

/** `01:00.0`, `0000:01:00.0`, `10000:01:00.0` or `0x01:0x00.0` in any case as an address; null where it is none. */
export function normalAddress(text: string): Address | null {
  if (text.length > 16) return null
  const parts = ADDRESS.exec(text.toLowerCase())
  return parts === null ? null : `${parts[1] ?? '0000'}:${parts[2]}:${parts[3]}.${parts[4]}`
}

/** What dev_printk puts before a message (drivers/base/core.c): the driver or the bus, then the device. */
export interface Prefix {
  /** `vfio-pci`, `pci`, `vfio` (QEMU), … */
  readonly driver: string
  readonly device: Address
  /**
   * Nothing but what pr_fmt and the like add stands between it and the message: `vfio-pci 0000:01:00.0: vgaarb: `,
   * `pci 0000:01:00.0: [Firmware Bug]: `. Else there is more of the message: `pci 0000:01:00.0: BAR 1 [mem …]: `.
   */
  readonly adjacent: boolean
}

/** Longest piece before a message that is searched for the device. */
const BEFORE = 192
const ADDED = /^(?:[^\s:[\]]{1,48}: ?|\[Firmware (?:Bug|Warn|Info)\]: ?|: ?){0,4}$/

/** The last `driver address: ` before `end`, as dev_printk and QEMU (`vfio 0000:01:00.0: `) write it, or null. */
export function devicePrefix(line: string, end: number): Prefix | null {
  const before = line.slice(Math.max(0, end - BEFORE), end)
  for (let colon = before.lastIndexOf(': '); colon > 0; colon = before.lastIndexOf(': ', colon - 1)) {
    // The point before the function comes first: few texts have it there.
    if (before[colon - 2] !== '.') continue
    const blank = before.lastIndexOf(' ', colon)
    const device = blank < 1 ? null : normalAddress(before.slice(blank + 1, colon))
    const driver = device === null ? undefined : /[A-Za-z][\w.-]{0,63}$/.exec(before.slice(0, blank))?.[0]
    if (device === null || driver === undefined) continue
    const between = before.slice(colon + 2)
    return { driver, device, adjacent: between === '' || ADDED.test(between) }
  }
  return null
}

const ANYWHERE =
  /(?<![0-9a-fA-F:.])(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7](?![0-9a-fA-F]|:[0-9a-fA-F])/g

/** The last address in a text, as `-device vfio-pci,host=01:00.0: ` or a path of sysfs before a program's message. */
export function lastAddress(text: string): Address | null {
  const last = text.match(ANYWHERE)?.at(-1)
  return last === undefined ? null : normalAddress(last)
}
