import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { MemoryFacts } from '../model/system.ts'
import { parseMemInfo } from '../parse/meminfo.ts'
import { unread } from './unread.ts'

const MEMINFO = '/proc/meminfo'
const POOLS = '/sys/kernel/mm/hugepages'

/**
 * Memory, and the pool of huge pages that holds the most: /proc/meminfo shows only the default size, while guests
 * are often given pages of 1 GiB (Documentation/ABI/testing/sysfs-kernel-mm-hugepages).
 */
export function collectMemory(host: Host): Fact<MemoryFacts> {
  const read = host.readText(MEMINFO, 65_536)
  if (!read.ok) return unread(read, MEMINFO)
  const memory = parseMemInfo(read.value)
  if (memory === null) return unknown('unreadable', MEMINFO, 'no line "MemTotal"')
  const names = host.list(POOLS)
  const pools = names.ok ? names.value.map((name) => poolOf(host, name)).filter((one) => one !== null) : []
  const largest = pools.reduce((best, one) => (bytesOf(one) > bytesOf(best) ? one : best), memory)
  return known({ ...memory, ...largest }, MEMINFO)
}

type Pool = Pick<MemoryFacts, 'hugePagesTotal' | 'hugePagesFree' | 'hugePageBytes'>

function bytesOf(pool: Pool): number {
  return pool.hugePagesTotal * pool.hugePageBytes
}

function poolOf(host: Host, name: string): Pool | null {
  const kilobytes = /^hugepages-(\d{1,10})kB$/.exec(name)?.[1]
  const total = host.readText(`${POOLS}/${name}/nr_hugepages`, 64)
  const free = host.readText(`${POOLS}/${name}/free_hugepages`, 64)
  if (kilobytes === undefined || !total.ok || !free.ok) return null
  if (!/^\d{1,15}\s*$/.test(total.value) || !/^\d{1,15}\s*$/.test(free.value)) return null
  return {
    hugePagesTotal: Number(total.value),
    hugePagesFree: Number(free.value),
    hugePageBytes: Number(kilobytes) * 1024,
  }
}
