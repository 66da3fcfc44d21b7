import type { DmarTable, IommuGroup, IvrsTable, ReservedRegion } from '../model/iommu.ts'
import { valueOf } from '../model/fact.ts'

export function hexRange(start: bigint, end: bigint): string {
  return `0x${start.toString(16)}-0x${end.toString(16)}`
}

/** What an RMRR of DMAR or a memory block of IVRS covers. */
export function rangeOf(
  one: Pick<DmarTable['reserved'][number], 'base' | 'end'> | Pick<IvrsTable['memory'][number], 'start' | 'length'>,
): string {
  return 'base' in one ? hexRange(one.base, one.end) : hexRange(one.start, one.start + one.length - 1n)
}

/** A line of reserved_regions, as the kernel prints it. */
export function regionText(region: ReservedRegion): string {
  const word = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`
  return `${word(region.start)} ${word(region.end)} ${region.type}`
}

export function reservedFile(group: IommuGroup): string {
  return group.reserved.state === 'known'
    ? group.reserved.source
    : `/sys/kernel/iommu_groups/${group.id}/reserved_regions`
}

/**
 * The first 16 MiB, kept for the floppy controllers of old ISA bridges (CONFIG_INTEL_IOMMU_FLOPPY_WA). It is no RMRR,
 * so the group can be taken; newer kernels mark it relaxable.
 */
export function isIsaRegion(region: ReservedRegion): boolean {
  return region.start === 0n && region.end === 0xffffffn
}

/** The mappings that firmware demands for members of this group and that the kernel holds to; undefined: not read. */
export function directRegions(group: IommuGroup): readonly ReservedRegion[] | undefined {
  return valueOf(group.reserved)?.filter((one) => one.type === 'direct' && !isIsaRegion(one))
}

/**
 * The regions that guest memory must stay out of: all but the relaxable ones (vfio_iommu_resv_exclude in
 * drivers/vfio/vfio_iommu_type1.c).
 */
export function conflicts(group: IommuGroup, start: bigint, size: bigint): readonly ReservedRegion[] {
  return (valueOf(group.reserved) ?? []).filter(
    (one) => one.type !== 'direct-relaxable' && start <= one.end && one.start < start + size,
  )
}
