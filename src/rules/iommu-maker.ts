import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { CpuFacts } from '../model/system.ts'

/**
 * Whose parameters are read: the driver goes by the table of firmware and not by the CPU (detect_intel_iommu in
 * drivers/iommu/intel/dmar.c, amd_iommu_detect in drivers/iommu/amd/init.c), and a virtual machine on an AMD processor
 * may be given a virtual VT-d. Without such a table it is the maker of the CPU that tells whose it would be.
 */
export function iommuMaker(facts: Pick<Facts, 'acpi' | 'cpu' | 'iommuUnits'>): CpuFacts['vendor'] | undefined {
  const cpu = valueOf(facts.cpu)?.vendor
  const tables = valueOf(facts.acpi)?.tables ?? []
  const kinds = (valueOf(facts.iommuUnits) ?? []).map(({ kind }) => kind)
  const intel = tables.includes('DMAR') || kinds.includes('intel')
  const amd = tables.includes('IVRS') || kinds.includes('amd')
  if (intel && !amd && cpu !== 'zhaoxin') return 'intel'
  return amd && !intel && cpu !== 'hygon' ? 'amd' : cpu
}
