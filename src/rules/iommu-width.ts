import { valueOf } from '../model/fact.ts'
import type { IommuUnit } from '../model/iommu.ts'
import type { Facts } from '../model/machine.ts'

/**
 * Bits of an address that a VT-d unit can translate: its MGAW, as far as its page tables reach (SAGAW; VT-d
 * specification 10.4.2, cap_mgaw and cap_sagaw in drivers/iommu/intel/iommu.h). null for another kind, or unread.
 */
export function translatedBits(unit: IommuUnit): number | null {
  const cap = valueOf(unit.cap)
  if (cap === undefined || cap === null || unit.kind !== 'intel') return null
  const mgaw = Number((cap >> 16n) & 0x3fn) + 1
  const sagaw = Number((cap >> 8n) & 0x1fn)
  const reach = (sagaw & 8) !== 0 ? 57 : (sagaw & 4) !== 0 ? 48 : (sagaw & 2) !== 0 ? 39 : null
  return reach === null ? null : Math.min(mgaw, reach)
}

/**
 * Address bits that the IOMMU of this host translates at the least, 39 where nothing tells. Page tables of AMD-Vi have
 * four levels or more (drivers/iommu/amd/init.c: amd_iommu_hpt_level); VT-d tells its width.
 */
export function reachOf(facts: Pick<Facts, 'cpu' | 'iommuUnits'>): number {
  const vendor = valueOf(facts.cpu)?.vendor
  if (vendor === 'amd' || vendor === 'hygon') return 48
  const bits = (valueOf(facts.iommuUnits) ?? []).map(translatedBits).filter((one) => one !== null)
  return bits.length === 0 ? 39 : Math.min(...bits)
}
