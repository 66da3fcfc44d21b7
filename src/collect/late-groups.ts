import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { IommuUnit } from '../model/iommu.ts'
import type { PciFunction, PciList } from '../model/pci.ts'
import type { KernelFacts } from '../model/system.ts'

const BECAUSE = 'behind this IOMMU a device joins its group when a driver is first bound to it, and none is'

/**
 * Which IOMMU a device is behind is told by a device tree, IORT or VIOT for all but Intel's and AMD's, and up to Linux
 * 6.14 that is looked up when a driver is bound (dma_configure in drivers/base/dd.c, acpi_iommu_configure_id in
 * drivers/acpi/scan.c, of_iommu_configure; commit bcb81ac6ae3c moved it). Until then a device has no group, and having
 * none proves nothing.
 */
export function withLateGroups(
  pci: Fact<PciList>,
  units: Fact<readonly IommuUnit[]>,
  kernel: Fact<KernelFacts>,
): Fact<PciList> {
  const late = valueOf(units)?.some((one) => one.kind !== 'intel' && one.kind !== 'amd') === true
  if (!late || pci.state === 'unknown' || isFrom615(kernel)) return pci
  const functions = pci.value.functions.map((one) => (waits(one) ? { ...one, group: untold(one) } : one))
  return known({ ...pci.value, functions }, pci.source)
}

function isFrom615(kernel: Fact<KernelFacts>): boolean {
  const [major, minor] = valueOf(kernel)?.version ?? [0, 0]
  return major > 6 || (major === 6 && minor >= 15)
}

function waits(fn: PciFunction): boolean {
  return valueOf(fn.group) === null && valueOf(fn.driver) === null
}

function untold(fn: PciFunction): PciFunction['group'] {
  return unknown('not-collected', fn.group.source, BECAUSE)
}
