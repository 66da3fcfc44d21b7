import { known, unknown, type Fact } from '../model/fact.ts'
import type { ConfigSpace, PcieType, ResizableBar } from '../model/pci.ts'
import { littleEndian, type ByteView } from './bytes.ts'
import { walkCapabilities, walkExtended, type Walked } from './capabilities.ts'

/** Bytes of the header, which everybody may read. */
export const HEADER_LENGTH = 64

export interface Header {
  /** 0 endpoint, 1 PCI bridge, 2 CardBus bridge: byte 0x0e, bits 6:0. */
  readonly type: number
  readonly multifunction: boolean
  readonly revision: number
}

/** null for fewer than 64 bytes, and for a function that does not answer. */
export function parseHeader(bytes: Uint8Array): Header | null {
  if (bytes.length < HEADER_LENGTH || isDead(bytes)) return null
  const byte = bytes[0x0e] ?? 0
  return { type: byte & 0x7f, multifunction: (byte & 0x80) !== 0, revision: bytes[0x08] ?? 0 }
}

/**
 * The first bytes of a function's configuration space: 64, 256, 4096 or any number between. null for fewer than 64.
 * `source` is where they were read. Offsets are those of include/uapi/linux/pci_regs.h.
 */
export function parseConfigSpace(bytes: Uint8Array, source: string = 'configuration space'): ConfigSpace | null {
  if (bytes.length < HEADER_LENGTH) return null
  const view = littleEndian(bytes)
  if (isDead(bytes)) return deadSpace(view, source)

  const headerType = view.u8(0x0e) & 0x7f
  const isBridge = headerType === 1 || headerType === 2
  const standard = walkCapabilities(view, headerType)
  const extended = extendedOf(view, standard)
  const cap = reader(view, standard, source)
  const ext = reader(view, extended, source)
  return {
    length: bytes.length,
    dead: false,
    command: view.u16(0x04),
    interruptPin: view.u8(0x3d),
    secondaryBus: known(isBridge ? view.u8(0x19) : null, source),
    subordinateBus: known(isBridge ? view.u8(0x1a) : null, source),
    pcieType: pcieTypeOf(cap(0x10, 4, null, (at) => (view.u16(at + 2) >> 4) & 0xf)),
    flr: cap(0x10, 8, false, (at) => (view.u32(at + 4) & 0x1000_0000) !== 0),
    // FLR through the AF capability needs transaction-pending too: pci_af_flr in drivers/pci/pci.c.
    afFlr: cap(0x13, 6, false, (at) => (view.u8(at + 3) & 3) === 3),
    pm: cap(0x01, 6, null, (at) => ({ state: view.u16(at + 4) & 3, noSoftReset: (view.u16(at + 4) & 8) !== 0 })),
    msi: cap(0x05, 4, null, (at) => ({
      enabled: (view.u16(at + 2) & 1) !== 0,
      maskable: (view.u16(at + 2) & 0x100) !== 0,
    })),
    msix: cap(0x11, 4, null, (at) => ({
      enabled: (view.u16(at + 2) & 0x8000) !== 0,
      size: (view.u16(at + 2) & 0x7ff) + 1,
    })),
    acs: ext(0x000d, 8, null, (at) => ({ capability: view.u16(at + 4), control: view.u16(at + 6) })),
    sriov: ext(0x0010, 0x1c, null, (at) => ({
      enabled: (view.u16(at + 8) & 1) !== 0,
      initialVfs: view.u16(at + 0x0c),
      totalVfs: view.u16(at + 0x0e),
      numVfs: view.u16(at + 0x10),
      vfDeviceId: view.u16(at + 0x1a),
    })),
    ari: ext(0x000e, 4, false, () => true),
    rebar: ext(0x0015, 12, null, (at) => resizableBars(view, at)),
    ats: ext(0x000f, 4, false, () => true),
    pasid: ext(0x001b, 4, false, () => true),
  }
}

/**
 * Whether the extended capabilities go on past these bytes, as far as one can tell from them: the list does, or what the
 * last of them says. The longest that is read here has 52 bytes (resizable BARs, with all six).
 */
export function goesOn(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_LENGTH || isDead(bytes)) return false
  const view = littleEndian(bytes)
  const extended = extendedOf(view, walkCapabilities(view, view.u8(0x0e) & 0x7f))
  if (!extended.whole) return extended.reason === 'not-collected'
  for (const at of extended.offsets.values()) if (!view.holds(at, 52)) return true
  return false
}

/** Not by the vendor id: a virtual function reads 0xffff there by design (SR-IOV specification 3.4.1.1). */
function isDead(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0xff)
}

function deadSpace(view: ByteView, source: string): ConfigSpace {
  const gone = unknown('unreadable', source, 'every byte reads 0xff: off the bus, or without power')
  return {
    length: view.length,
    dead: true,
    command: view.u16(0x04),
    interruptPin: view.u8(0x3d),
    secondaryBus: gone,
    subordinateBus: gone,
    pcieType: gone,
    flr: gone,
    afFlr: gone,
    pm: gone,
    msi: gone,
    msix: gone,
    acs: gone,
    sriov: gone,
    ari: gone,
    rebar: gone,
    ats: gone,
    pasid: gone,
  }
}

/**
 * The kernel gives a PCI Express function 4096 bytes. Where only 256 can be read of one (no MCFG table), what stands
 * beyond is not known; a conventional function has nothing there (pci_cfg_space_size in drivers/pci/probe.c; PCI-X
 * mode 2, which may have, is passed over: no capability that we ask for was ever made for it).
 */
function extendedOf(view: ByteView, standard: Walked): Walked {
  if (view.length > 0x100 || standard.offsets.has(0x10)) return walkExtended(view)
  return { ...standard, offsets: new Map() }
}

/** Reads a capability of `size` bytes; `absent` where the list, followed to its end, has none. */
function reader(view: ByteView, list: Walked, source: string) {
  return <T, A>(id: number, size: number, absent: A, read: (at: number) => T | undefined): Fact<T | A> => {
    const at = list.offsets.get(id)
    if (at === undefined) return list.whole ? known(absent, source) : unknown(list.reason, source, list.detail)
    const value = view.holds(at, size) ? read(at) : undefined
    if (value !== undefined) return known(value, source)
    return unknown('not-collected', source, `it goes on past the ${view.length} bytes read`)
  }
}

function pcieTypeOf(code: Fact<number | null>): Fact<PcieType | null> {
  if (code.state === 'unknown') return code
  if (code.value === null) return known(null, code.source)
  const types: Readonly<Record<number, PcieType>> = {
    0: 'endpoint',
    1: 'legacy-endpoint',
    4: 'root-port',
    5: 'upstream-port',
    6: 'downstream-port',
    7: 'pcie-to-pci-bridge',
    8: 'pci-to-pcie-bridge',
    9: 'rc-integrated-endpoint',
    10: 'rc-event-collector',
  }
  const type = types[code.value]
  return type === undefined
    ? unknown('unreadable', code.source, `device/port type ${code.value} is not one of the specification's`)
    : known(type, code.source)
}

/**
 * Pairs of words, one a BAR; the first control word counts them. Bits 31:4 of the first and 31:16 of the second word
 * offer sizes from 1 MB up, by powers of two (PCIe base specification 7.8.6). undefined where they were cut off.
 */
function resizableBars(view: ByteView, at: number): readonly ResizableBar[] | undefined {
  const count = Math.min((view.u32(at + 8) >>> 5) & 7, 6)
  if (!view.holds(at + 4, 8 * count)) return undefined
  const bars: ResizableBar[] = []
  for (let pair = 0; pair < count; pair++) {
    const offered = view.u32(at + 4 + 8 * pair)
    const control = view.u32(at + 8 + 8 * pair)
    const sizes: number[] = []
    for (let bit = 0; bit < 28; bit++) if ((offered & (1 << (bit + 4))) !== 0) sizes.push(2 ** (20 + bit))
    for (let bit = 0; bit < 16; bit++) if ((control & (1 << (bit + 16))) !== 0) sizes.push(2 ** (48 + bit))
    bars.push({ index: control & 7, size: 2 ** (20 + ((control >>> 8) & 0x3f)), sizes })
  }
  return bars
}
