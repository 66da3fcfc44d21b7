import { cleanLine } from './clean.ts'

/** A line of /proc/iomem. `end` is inclusive; `depth` 0 is a root resource, and each level stands in the one above. */
export interface MemoryRange {
  readonly depth: number
  readonly start: bigint
  readonly end: bigint
  readonly name: string
}

/**
 * /proc/iomem (r_show in kernel/resource.c), in its order. null where the addresses are hidden: without CAP_SYS_ADMIN
 * the kernel prints zeros for all of them, which is no map of anything.
 */
export function parseIomem(text: string): readonly MemoryRange[] | null {
  const ranges: MemoryRange[] = []
  for (const raw of text.split('\n', 100_000)) {
    const found = /^( {0,32})([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/.exec(cleanLine(raw))
    if (found === null) continue
    const [, indent = '', start = '0', end = '0', name = ''] = found
    ranges.push({ depth: indent.length / 2, start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), name: name.trim() })
  }
  return ranges.length > 0 && ranges.every((one) => one.end === 0n) ? null : ranges
}
