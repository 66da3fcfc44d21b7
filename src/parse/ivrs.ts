import type { IvrsTable } from '../model/iommu.ts'
import { acpiTable } from './acpi-table.ts'
import type { ByteView } from './bytes.ts'

type Block = IvrsTable['blocks'][number]
type MemoryBlock = IvrsTable['memory'][number]

/**
 * The I/O virtualization reporting structure of AMD platforms (AMD IOMMU specification chapter 5;
 * drivers/iommu/amd/init.c). Every hardware block is listed, though the kernel reads those of the highest type alone.
 * null for other bytes, and for a table with a block that goes past its end.
 */
export function parseIvrs(bytes: Uint8Array): IvrsTable | null {
  const table = acpiTable(bytes, 'IVRS', 48)
  if (table === null) return null
  const { view, checksumOk } = table
  const blocks: Block[] = []
  const memory: MemoryBlock[] = []
  let at = 48
  while (view.holds(at, 4)) {
    const type = view.u8(at)
    const length = view.u16(at + 2)
    if (length === 0) break
    const hardware = type === 0x10 || type === 0x11 || type === 0x40
    const reserved = type >= 0x20 && type <= 0x22
    const least = type === 0x10 ? 24 : hardware ? 40 : reserved ? 32 : 4
    if (length < least || !view.holds(at, length)) return null
    if (hardware) blocks.push(hardwareBlock(view, at, length, least))
    else if (reserved) memory.push(memoryBlock(view, at))
    at += length
  }
  return { blocks, memory, checksumOk }
}

function hardwareBlock(view: ByteView, at: number, length: number, header: number): Block {
  const ioapics: Block['ioapics'][number][] = []
  const end = at + length
  let entry = at + header
  while (entry + 4 <= end) {
    const size = entrySize(view, entry)
    if (size === null || entry + size > end) break
    // A special device of variety 1: the IO-APIC with this handle sends as this device id.
    if (view.u8(entry) === 0x48 && view.u8(entry + 7) === 1)
      ioapics.push({ handle: view.u8(entry + 4), deviceId: view.u16(entry + 5) })
    entry += size
  }
  return {
    type: view.u8(at),
    deviceId: view.u16(at + 4),
    base: view.u64(at + 8),
    segment: view.u16(at + 16),
    ioapics,
  }
}

/** As ivhd_entry_length: the top bits of the type give the size; an ACPI hardware id entry carries its own. */
function entrySize(view: ByteView, at: number): number | null {
  const type = view.u8(at)
  if (type < 0x80) return 4 << (type >> 6)
  if (type === 0xf0 && view.holds(at, 22)) return 22 + view.u8(at + 21)
  return null
}

/** Type 0x20 holds for every device, 0x21 for one, 0x22 for a range (init_unity_map_range). */
function memoryBlock(view: ByteView, at: number): MemoryBlock {
  const type = view.u8(at)
  const first = view.u16(at + 4)
  return {
    type,
    flags: view.u8(at + 1),
    deviceId: type === 0x20 ? 0 : first,
    endDeviceId: type === 0x20 ? 0xffff : type === 0x22 ? view.u16(at + 6) : first,
    start: view.u64(at + 16),
    length: view.u64(at + 24),
  }
}
