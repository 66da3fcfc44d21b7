import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'

/**
 * Whether an IOMMU translates for PCI devices now: a PCI function has a group, or a unit is registered. Neither a
 * parameter nor a log line decides it ("DMAR: IOMMU enabled" only echoes the parameter: intel_iommu_setup in
 * drivers/iommu/intel/iommu.c). No-IOMMU groups have no unit, so a unit or a group of more than that is wanted.
 */
export function iommuInEffect(facts: Pick<Facts, 'iommuUnits' | 'pci' | 'groups'>): Fact<boolean> {
  const pci = valueOf(facts.pci)
  const grouped = pci?.functions.find((one) => typeof valueOf(one.group) === 'number')
  if (grouped !== undefined) return known(true, grouped.group.source)
  const groups = valueOf(facts.groups)
  const withPci = groups?.groups.find((one) => one.members.length > 0)
  if (withPci !== undefined) return known(true, facts.groups.source)
  const units = valueOf(facts.iommuUnits)
  if (pci !== undefined && pci.functions.length > 0 && pci.functions.every((one) => valueOf(one.group) === null)) {
    return known(false, pci.complete ? '/sys/bus/pci/devices/*/iommu_group' : facts.pci.source)
  }
  if (withoutPci(facts)) return unknown('not-collected', facts.pci.source, 'there is no PCI function')
  if (groups?.complete === true && groups.groups.length === 0) return known(false, facts.groups.source)
  if (units !== undefined && units.length > 0) return known(true, facts.iommuUnits.source)
  const fact = facts.pci.state === 'unknown' ? facts.pci : facts.groups
  return fact.state === 'unknown' ? fact : unknown('not-collected', facts.pci.source)
}

/** Mainframes, small boards and small virtual machines may have no PCI function: then no group is missing. */
export function withoutPci(facts: Pick<Facts, 'pci'>): boolean {
  const pci = valueOf(facts.pci)
  return pci?.complete === true && pci.functions.length === 0
}
