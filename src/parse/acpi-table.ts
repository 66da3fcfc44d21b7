import { littleEndian, type ByteView } from './bytes.ts'

export interface AcpiTable {
  readonly view: ByteView
  /** All bytes of the table add up to 0 modulo 256, and none is missing. */
  readonly checksumOk: boolean
}

/**
 * An ACPI table by its signature, cut to the length that its header states (ACPI specification 5.2.6). null for
 * another table, or for less than `least` bytes.
 */
export function acpiTable(bytes: Uint8Array, signature: string, least: number): AcpiTable | null {
  if (bytes.length < least || String.fromCodePoint(...bytes.subarray(0, 4)) !== signature) return null
  const stated = littleEndian(bytes).u32(4)
  if (stated < least) return null
  const table = bytes.subarray(0, stated)
  let sum = 0
  for (const byte of table) sum = (sum + byte) & 0xff
  return { view: littleEndian(table), checksumOk: sum === 0 && table.length === stated }
}
