/** Builds a configuration space: header fields, then capabilities chained in the order given. */
export interface SpaceParts {
  readonly length?: number
  readonly headerType?: number
  /** Capability id → its bytes after the two of the header. */
  readonly capabilities?: readonly (readonly [id: number, body: readonly number[]])[]
  readonly extended?: readonly (readonly [id: number, body: readonly number[]])[]
  readonly set?: Readonly<Record<number, number>>
}

export function configSpace(parts: SpaceParts = {}): Uint8Array {
  const { length = 256, headerType = 0, capabilities = [], extended = [], set = {} } = parts
  const bytes = new Uint8Array(4096)
  bytes.set([0xde, 0x10, 0x80, 0x1b, 0x07, 0x04])
  bytes[0x0e] = headerType
  bytes[0x3d] = 1
  if (capabilities.length > 0) {
    bytes[0x06] = 0x10
    bytes[(headerType & 0x7f) === 2 ? 0x14 : 0x34] = 0x40
  }
  let at = 0x40
  for (const [index, [id, body]] of capabilities.entries()) {
    const next = at + Math.ceil((body.length + 2) / 4) * 4
    bytes.set([id, index === capabilities.length - 1 ? 0 : next, ...body], at)
    at = next
  }
  at = 0x100
  for (const [index, [id, body]] of extended.entries()) {
    const next = at + Math.ceil((body.length + 4) / 4) * 4
    const link = index === extended.length - 1 ? 0 : next
    bytes.set([id & 0xff, id >> 8, 1 | ((link & 0xf) << 4), link >> 4, ...body], at)
    at = next
  }
  for (const [offset, value] of Object.entries(set)) bytes[Number(offset)] = value
  return bytes.subarray(0, length)
}

/** A PCI Express capability of a device/port type, with or without FLR. */
export function pcie(type: number, flr: boolean = false): readonly [number, readonly number[]] {
  return [0x10, [type << 4, 0, 0, 0, 0, flr ? 0x10 : 0, ...Array.from({ length: 52 }, () => 0)]]
}
