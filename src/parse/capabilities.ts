import type { UnknownReason } from '../model/fact.ts'
import type { ByteView } from './bytes.ts'

/** How far a capability list could be followed. */
export type Walked =
  | { readonly whole: true; readonly offsets: ReadonlyMap<number, number> }
  | {
      readonly whole: false
      readonly offsets: ReadonlyMap<number, number>
      readonly reason: UnknownReason
      readonly detail: string
    }

/**
 * The list of conventional capabilities: id → offset of the first one. As __pci_find_next_cap_ttl in
 * drivers/pci/pci.c, but a list that ends oddly is told apart from one that ends.
 */
export function walkCapabilities(view: ByteView, headerType: number): Walked {
  const offsets = new Map<number, number>()
  // Status bit 4: without it there is no list, and 0x34 is not a pointer (PCI 3.0 section 6.2.3).
  if ((view.u16(0x06) & 0x10) === 0) return { whole: true, offsets }
  const seen = new Set<number>()
  let at = view.u8(headerType === 2 ? 0x14 : 0x34) & 0xfc
  while (at !== 0) {
    if (!view.holds(at, 2)) return cut(view, offsets)
    const id = view.u8(at)
    if (at < 0x40 || id === 0xff || seen.has(at)) return broken(offsets, 'capability', at)
    seen.add(at)
    if (!offsets.has(id)) offsets.set(id, at)
    at = view.u8(at + 1) & 0xfc
  }
  return { whole: true, offsets }
}

/** The list of extended capabilities from 0x100 on (PCIe base specification 7.6; pci_find_next_ext_capability). */
export function walkExtended(view: ByteView): Walked {
  const offsets = new Map<number, number>()
  const seen = new Set<number>()
  let at = 0x100
  while (at !== 0) {
    if (!view.holds(at, 4)) return cut(view, offsets)
    const header = view.u32(at)
    // A first header of zeros is how a function without any says so.
    if (header === 0) break
    if (at < 0x100 || header === 0xffffffff || seen.has(at)) return broken(offsets, 'extended capability', at)
    seen.add(at)
    if (!offsets.has(header & 0xffff)) offsets.set(header & 0xffff, at)
    at = (header >>> 20) & 0xffc
  }
  return { whole: true, offsets }
}

function cut(view: ByteView, offsets: ReadonlyMap<number, number>): Walked {
  // The kernel shows 64 bytes (128 of a CardBus bridge) without CAP_SYS_ADMIN: pci_read_config, drivers/pci/pci-sysfs.c.
  const reason = view.length < 256 ? 'denied' : 'not-collected'
  return { whole: false, offsets, reason, detail: `only ${view.length} bytes of configuration space were read` }
}

function broken(offsets: ReadonlyMap<number, number>, what: string, at: number): Walked {
  return { whole: false, offsets, reason: 'unreadable', detail: `the ${what} list is broken at 0x${at.toString(16)}` }
}
