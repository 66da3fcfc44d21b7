/** ACPI tables as firmware leaves them: ACPI specification 5.2.6 (header), VT-d specification 8, AMD IOMMU specification 5. */

export interface DmarParts {
  readonly flags: number
  /** Register base of each unit; the last one takes every device that no other names. */
  readonly units: readonly number[]
  readonly reserved?: readonly {
    readonly base: number
    readonly end: number
    readonly device: number
    readonly fn: number
  }[]
}

export function dmarTable(parts: DmarParts): Uint8Array {
  const units = parts.units.map((base, index) => {
    const all = index === parts.units.length - 1
    // A unit of its own serves the graphics of the processor, 00:02.0.
    const scope = all ? [] : [0x01, 0x08, 0, 0, 0, 0, 0x02, 0x00]
    return [...half(0), ...half(16 + scope.length), all ? 1 : 0, 0, ...half(0), ...quad(base), ...scope]
  })
  const reserved = (parts.reserved ?? []).map(({ base, end, device, fn }) => [
    ...half(1),
    ...half(32),
    ...half(0),
    ...half(0),
    ...quad(base),
    ...quad(end),
    0x01,
    0x08,
    ...zeros(4),
    device,
    fn,
  ])
  return table('DMAR', 1, [38, parts.flags, ...zeros(10), ...units.flat(), ...reserved.flat()])
}

export function ivrsTable(base: number): Uint8Array {
  const entries = [
    // All devices, then the two IO-APICs of the processor and the chipset.
    [0x03, 0x08, 0x00, 0x00, 0x04, 0xff, 0xff, 0x00],
    [0x48, 0x00, 0x00, 0x00, 0x20, 0xa0, 0x00, 0x01],
    [0x48, 0x00, 0x00, 0x00, 0x21, 0x01, 0x00, 0x01],
  ].flat()
  const block = [0x11, 0xb0, ...half(40 + entries.length), ...half(0x0002), ...half(0x40), ...quad(base)]
  const body = [...half(0), ...half(0), ...zeros(4), ...quad(0x206d_73ef_2225_4aden), ...zeros(8)]
  return table('IVRS', 2, [...zeros(4), ...zeros(8), ...block, ...body, ...entries])
}

/** A table with nothing behind its header, for those whose content nobody reads. */
export function bareTable(signature: string): Uint8Array {
  return table(signature, 1, [])
}

function table(signature: string, revision: number, body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(36 + body.length)
  bytes.set([...ascii(signature), ...half(bytes.length), 0, 0, revision, 0, ...ascii('ALASKA'), ...ascii('A M I   ')])
  bytes.set([1, 0, 0, 0, ...ascii('AMI '), 0x13, 0, 0, 1], 24)
  bytes.set(body, 36)
  bytes[9] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff
  return bytes
}

function ascii(text: string): readonly number[] {
  return [...text].map((letter) => letter.charCodeAt(0))
}

function zeros(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0)
}

function half(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff]
}

function quad(value: number | bigint): readonly number[] {
  return Array.from({ length: 8 }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn))
}
