import type { MemoryFacts } from '../model/system.ts'

/** /proc/meminfo: sizes in bytes, and the pool of the default huge page size. null where there is no MemTotal. */
export function parseMemInfo(text: string): MemoryFacts | null {
  const values = new Map<string, number>()
  for (const found of text.matchAll(/^([A-Za-z_]{1,32}): {0,32}(\d{1,15})( kB)?$/gm)) {
    values.set(found[1] ?? '', Number(found[2]) * (found[3] === undefined ? 1 : 1024))
  }
  const total = values.get('MemTotal')
  if (total === undefined) return null
  return {
    totalBytes: total,
    // Since 3.14.
    availableBytes: values.get('MemAvailable') ?? null,
    hugePagesTotal: values.get('HugePages_Total') ?? 0,
    hugePagesFree: values.get('HugePages_Free') ?? 0,
    hugePageBytes: values.get('Hugepagesize') ?? 0,
  }
}
