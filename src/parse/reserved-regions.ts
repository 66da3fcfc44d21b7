import type { ReservedRegion } from '../model/iommu.ts'

/**
 * `reserved_regions` of an IOMMU group: start, inclusive end and type on each line
 * (iommu_group_show_resv_regions in drivers/iommu/iommu.c). An empty text is a group without any. null where a line
 * has another form.
 */
export function parseReservedRegions(text: string): readonly ReservedRegion[] | null {
  const regions: ReservedRegion[] = []
  for (const line of text.split('\n', 10_000)) {
    if (line.trim() === '') continue
    const found = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) ([a-z-]{1,32})\s*$/.exec(line)
    if (found === null) return null
    const [, start = '0', end = '0', type = ''] = found
    regions.push({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), type: kindOf(type) })
  }
  return regions
}

function kindOf(type: string): ReservedRegion['type'] {
  switch (type) {
    case 'direct':
    case 'direct-relaxable':
    case 'reserved':
    case 'msi':
      return type
    default:
      return 'other'
  }
}
