// ACPI tables that take the place of QEMU's own, as firmware with other content would have them: the kernel takes them
// from the initial RAM disk (Documentation/admin-guide/acpi/initrd_table_override.rst).

/** As QEMU names itself: the kernel replaces a table of the same name and a lower OEM revision only. */
const OEM = 'BOCHS BXPC    '
const OEM_REVISION = 2

/** Where the IOAPIC of q35 sits for interrupt remapping (hw/i386/intel_iommu_internal.h: Q35_PSEUDO_BUS_PLATFORM). */
export const IOAPIC = { type: 3, id: 0, path: ['ff:00.0'] }

/**
 * A table of VT-d (VT-d specification, chapter 8).
 * @param {object} table
 * @param {number} [table.flags] bit 0 interrupt remapping, bit 1 x2APIC opt-out, bit 2 DMA protection opt-in; default 1
 * @param {number} [table.width] bits of a host address; default 39
 * @param {readonly { all?: boolean, address?: number, scopes?: readonly Scope[] }[]} table.units remapping units
 * @param {readonly { from: number, to: number, scopes: readonly Scope[] }[]} [table.regions] reserved for devices (RMRR)
 * @typedef {{ type?: number, id?: number, path: readonly string[] }} Scope `path`: bus, device and function of the first
 *   element as `BB:DD.F`, device and function below it as `DD.F`; type 1 endpoint (default), 2 bridge, 3 IOAPIC
 * @returns {Buffer}
 */
export function dmar({ flags = 1, width = 39, units, regions = [] }) {
  const body = Buffer.concat([
    Buffer.from([width - 1, flags, ...Array.from({ length: 10 }, () => 0)]),
    ...units.map(({ all = true, address = 0xfed90000, scopes = [IOAPIC] }) =>
      structure(
        0,
        Buffer.concat([bytes(1, all ? 1 : 0), bytes(1, 0), bytes(2, 0), bytes(8, address), ...scopes.map(scope)]),
      ),
    ),
    ...regions.map(({ from, to, scopes }) =>
      structure(1, Buffer.concat([bytes(4, 0), bytes(8, from), bytes(8, to), ...scopes.map(scope)])),
    ),
  ])
  return table('DMAR', body)
}

/**
 * A table of the AMD IOMMU with one unit, for every device (AMD I/O Virtualization Technology specification, 5.2).
 * @param {object} table
 * @param {number} table.address of the unit's registers
 * @returns {Buffer}
 */
export function ivrs({ address }) {
  // All devices; the I/O APIC of the southbridge, at 00:14.0.
  const entries = Buffer.from([1, 0, 0, 0, 0x48, 0, 0, 0, 0, 0xa0, 0, 1])
  // Type 0x10: the function of the unit, its capability and registers, segment, interrupt and features.
  const unit = Buffer.concat([bytes(2, 0x08), bytes(2, 0x40), bytes(8, address), bytes(8, 0), entries])
  // 40 bits of a physical address, and of a virtual one 48.
  return table('IVRS', Buffer.concat([bytes(4, (40 << 8) | (48 << 15)), bytes(8, 0), structure(0x10, unit)]))
}

function scope({ type = 1, id = 0, path: [first, ...below] }) {
  const [bus, start] = first.split(':')
  const path = [start, ...below].flatMap((one) => one.split('.').map((number) => Number.parseInt(number, 16)))
  return Buffer.from([type, 6 + path.length, 0, 0, id, Number.parseInt(bus, 16), ...path])
}

function structure(type, body) {
  return Buffer.concat([bytes(2, type), bytes(2, body.length + 4), body])
}

function table(signature, body) {
  const head = Buffer.concat([
    Buffer.from(signature),
    bytes(4, 36 + body.length),
    Buffer.from([1, 0]),
    Buffer.from(OEM),
    bytes(4, OEM_REVISION),
    Buffer.from('BXPC'),
    bytes(4, 1),
  ])
  const whole = Buffer.concat([head, body])
  whole[9] = (256 - (whole.reduce((sum, byte) => sum + byte, 0) & 0xff)) & 0xff
  return whole
}

function bytes(length, value) {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer.subarray(0, length)
}
