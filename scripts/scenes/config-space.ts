/** What a configuration space is made of: PCI Local Bus specification 3.0, 6.1; PCI Express base specification, 7.5. */
export interface SpaceParts {
  readonly vendor: number
  readonly device: number
  readonly subsystem: readonly [vendor: number, device: number]
  readonly class: number
  readonly revision: number
  readonly multifunction: boolean
  readonly bridge: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | null
  /** Device/port type of the PCI Express capability; null for conventional PCI. */
  readonly expressType: number | null
  readonly flr: boolean
  /** Whether the function keeps its state on the way out of D3hot, so that it cannot be reset that way. */
  readonly noSoftReset: boolean
  readonly msi: boolean
  readonly msix: boolean
  /** Capability and control word. */
  readonly acs: readonly [capability: number, control: number] | null
  readonly sriov: { readonly total: number; readonly active: number; readonly device: number } | null
  readonly pin: number
  readonly line: number
}

type Capability = readonly [id: number, body: readonly number[]]

/** 4096 bytes for PCI Express, 256 for conventional PCI, as the kernel offers them (pci_cfg_space_size). */
export function configSpace(parts: SpaceParts): Uint8Array {
  const bytes = new Uint8Array(parts.expressType === null ? 256 : 4096)
  const view = new DataView(bytes.buffer)
  view.setUint16(0x00, parts.vendor, true)
  view.setUint16(0x02, parts.device, true)
  view.setUint16(0x04, 0x0407, true)
  view.setUint16(0x06, 0x0010, true)
  view.setUint32(0x08, (parts.class << 8) | parts.revision, true)
  view.setUint8(0x0e, (parts.bridge === null ? 0 : 1) | (parts.multifunction ? 0x80 : 0))
  if (parts.bridge === null) {
    view.setUint16(0x2c, parts.subsystem[0], true)
    view.setUint16(0x2e, parts.subsystem[1], true)
  } else bytes.set([parts.bridge.primary, parts.bridge.secondary, parts.bridge.subordinate], 0x18)
  view.setUint8(0x34, 0x40)
  bytes.set([parts.line, parts.pin], 0x3c)
  chain(bytes, standard(parts))
  if (parts.expressType !== null) extendedChain(bytes, extended(parts))
  return bytes
}

function standard(parts: SpaceParts): readonly Capability[] {
  const { bridge, subsystem, expressType, flr } = parts
  // Power management version 3; PMCSR bit 3 is No_Soft_Reset.
  const list: Capability[] = [[0x01, [0x03, 0x00, parts.noSoftReset ? 0x08 : 0x00, 0x00, 0x00, 0x00]]]
  // 64 bits wide, one message.
  if (parts.msi) list.push([0x05, [0x80, 0x00, ...zeros(10)]])
  if (expressType !== null)
    list.push([0x10, [(expressType << 4) | 2, 0x00, ...word(flr ? 0x1000_8000 : 0x8000), ...zeros(52)]])
  if (parts.msix) list.push([0x11, [0x0f, 0x00, ...word(0x0000_2000), ...word(0x0000_3000)]])
  if (bridge !== null) list.push([0x0d, [0x00, 0x00, ...half(subsystem[0]), ...half(subsystem[1])]])
  return list
}

function extended(parts: SpaceParts): readonly Capability[] {
  const list: Capability[] = [[0x0001, zeros(0x40)]]
  if (parts.acs !== null) list.push([0x000d, [...half(parts.acs[0]), ...half(parts.acs[1])]])
  if (parts.sriov !== null) {
    const { total, active, device } = parts.sriov
    // Capabilities, control and status, initial, total, number, link, offset, stride, reserved, id, page sizes, BARs.
    const body = [...zeros(8), ...half(total), ...half(total), ...half(active), ...zeros(2), ...half(0x10), ...half(1)]
    list.push([0x0010, [...body, ...zeros(2), ...half(device), ...word(0x553), ...word(1), ...zeros(28)]])
  }
  return list
}

function chain(bytes: Uint8Array, list: readonly Capability[]): void {
  let at = 0x40
  for (const [index, [id, body]] of list.entries()) {
    const next = at + Math.ceil((body.length + 2) / 4) * 4
    bytes.set([id, index === list.length - 1 ? 0 : next, ...body], at)
    at = next
  }
}

function extendedChain(bytes: Uint8Array, list: readonly Capability[]): void {
  let at = 0x100
  for (const [index, [id, body]] of list.entries()) {
    const next = at + Math.ceil((body.length + 4) / 4) * 4
    const link = index === list.length - 1 ? 0 : next
    bytes.set([id & 0xff, id >> 8, 1 | ((link & 0xf) << 4), link >> 4, ...body], at)
    at = next
  }
}

function zeros(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0)
}

function half(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff]
}

function word(value: number): readonly number[] {
  return [...half(value & 0xffff), ...half(value >>> 16)]
}
