import type { DeviceScope, DmarTable } from '../model/iommu.ts'
import { acpiTable } from './acpi-table.ts'
import type { ByteView } from './bytes.ts'

/**
 * The DMA remapping table of Intel platforms (VT-d specification chapter 8; include/acpi/actbl1.h). null for other
 * bytes, and for a table with a structure that goes past its end, which the kernel refuses too
 * (dmar_walk_remapping_entries in drivers/iommu/intel/dmar.c).
 */
export function parseDmar(bytes: Uint8Array): DmarTable | null {
  const table = acpiTable(bytes, 'DMAR', 48)
  if (table === null) return null
  const { view, checksumOk } = table
  const units: DmarTable['units'][number][] = []
  const reserved: DmarTable['reserved'][number][] = []
  let at = 48
  while (view.holds(at, 4)) {
    const type = view.u16(at)
    const length = view.u16(at + 2)
    // The kernel takes a length of zero for the end.
    if (length === 0) break
    const least = type === 0 ? 16 : type === 1 ? 24 : 4
    if (length < least || !view.holds(at, length)) return null
    if (type === 0) {
      units.push({
        segment: view.u16(at + 6),
        registerBase: view.u64(at + 8),
        includeAll: (view.u8(at + 4) & 1) !== 0,
        scopes: scopes(view, at + 16, at + length),
      })
    } else if (type === 1) {
      reserved.push({
        segment: view.u16(at + 6),
        base: view.u64(at + 8),
        end: view.u64(at + 16),
        scopes: scopes(view, at + 24, at + length),
      })
    }
    at += length
  }
  const flags = view.u8(37)
  return {
    hostAddressWidth: view.u8(36) + 1,
    interruptRemapping: (flags & 1) !== 0,
    x2apicOptOut: (flags & 2) !== 0,
    // actbl1.h calls bit 2 X2APIC_MODE; the driver and VT-d specification 8.1 call it DMA_CTRL_PLATFORM_OPT_IN.
    platformOptIn: (flags & 4) !== 0,
    units,
    reserved,
    checksumOk,
  }
}

/** Device scopes from `at` to `end`; what does not fit there is left out. */
function scopes(view: ByteView, at: number, end: number): readonly DeviceScope[] {
  const kinds = ['other', 'endpoint', 'bridge', 'ioapic', 'hpet', 'namespace'] as const
  const found: DeviceScope[] = []
  while (at + 6 <= end) {
    const length = view.u8(at + 1)
    if (length < 6 || at + length > end) break
    const path: DeviceScope['path'][number][] = []
    for (let step = at + 6; step + 2 <= at + length; step += 2)
      path.push({ device: view.u8(step), function: view.u8(step + 1) })
    found.push({
      kind: kinds[view.u8(at)] ?? 'other',
      enumerationId: view.u8(at + 4),
      startBus: view.u8(at + 5),
      path,
    })
    at += length
  }
  return found
}
