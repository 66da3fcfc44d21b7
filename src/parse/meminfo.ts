import type { MemoryFacts } from '../model/system.ts'

/** /proc/meminfo: sizes in bytes, and the pool of the default huge page size. null where there is no MemTotal. */
export function parseMemInfo(text: string): MemoryFacts | null {
  const lines = text.split('\n')
  const value = (name: string): number | undefined => {
    const line = lines.find((one) => one.startsWith(`${name}:`))?.slice(name.length + 1)
    const found = line === undefined ? null : /^ {0,32}(\d{1,15})( kB)?$/.exec(line)
    return found === null ? undefined : Number(found[1]) * (found[2] === undefined ? 1 : 1024)
  }
  const total = value('MemTotal')
  if (total === undefined) return null
  return {
    totalBytes: total,
    // Since 3.14.
    availableBytes: value('MemAvailable') ?? null,
    hugePagesTotal: value('HugePages_Total') ?? 0,
    hugePagesFree: value('HugePages_Free') ?? 0,
    hugePageBytes: value('Hugepagesize') ?? 0,
  }
}
