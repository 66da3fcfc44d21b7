import type { Evidence } from '../model/check.ts'
import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import { onVfio } from './pci.ts'

/**
 * Whether an IOMMU translates for PCI devices now: a PCI function has a group, or a unit is registered. Neither a
 * parameter nor a log line decides it ("DMAR: IOMMU enabled" only echoes the parameter: intel_iommu_setup in
 * drivers/iommu/intel/iommu.c).
 */
export function iommuInEffect(facts: Pick<Facts, 'iommuUnits' | 'pci' | 'groups'>): Fact<boolean> {
  const pci = valueOf(facts.pci)
  if (withoutUnit(facts)) return known(false, facts.iommuUnits.source)
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
  // A function whose group is not told may have one yet, behind the unit that is there.
  const open = (units?.length ?? 0) > 0 && pci?.functions.some((one) => one.group.state === 'unknown') === true
  // Unless it is Intel's or AMD's, a function that has a driver had its group looked up with it (dma_configure in
  // drivers/base/dd.c), so it is behind none; the others may be.
  const byDriver = open && units?.every((one) => one.kind !== 'intel' && one.kind !== 'amd') === true
  const bare = byDriver ? pci?.functions.find((one) => valueOf(one.group) === null) : undefined
  if (bare !== undefined)
    return unknown(
      'not-collected',
      bare.group.source,
      'devices with a driver have no group, and others get theirs with one',
    )
  if (groups?.complete === true && groups.groups.length === 0 && !open) return known(false, facts.groups.source)
  if (units !== undefined && units.length > 0) return known(true, facts.iommuUnits.source)
  const fact = facts.pci.state === 'unknown' ? facts.pci : facts.groups
  return fact.state === 'unknown' ? fact : unknown('not-collected', facts.pci.source)
}

/** Mainframes, small boards and small virtual machines may have no PCI function: then no group is missing. */
export function withoutPci(facts: Pick<Facts, 'pci'>): boolean {
  const pci = valueOf(facts.pci)
  return pci?.complete === true && pci.functions.length === 0
}

/**
 * Groups that are no sign of an IOMMU: in no-IOMMU mode VFIO makes one for each function that it takes
 * (vfio_noiommu_group_alloc in drivers/vfio/group.c). Then no unit is registered, and no other function has a group.
 */
function withoutUnit(facts: Pick<Facts, 'iommuUnits' | 'pci'>): boolean {
  if (valueOf(facts.iommuUnits)?.length !== 0) return false
  const functions = valueOf(facts.pci)?.functions ?? []
  const grouped = functions.filter((one) => typeof valueOf(one.group) === 'number')
  return (
    grouped.length > 0 &&
    grouped.every((one) => onVfio(one) === true) &&
    functions.some((one) => valueOf(one.group) === null)
  )
}

/** What shows that no IOMMU is in effect. */
export function noIommuSeen(effect: Fact<boolean>, facts: Pick<Facts, 'iommuUnits' | 'pci'>): Evidence {
  const saw = withoutUnit(facts)
    ? 'no IOMMU unit; the only functions with a group are those that VFIO took, as in no-IOMMU mode'
    : 'no PCI function has an IOMMU group'
  return { source: effect.source, saw, wanted: 'a group for each device' }
}
