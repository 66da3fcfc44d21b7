import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { CpuFacts } from '../model/system.ts'
import { parseCpuInfo } from '../parse/cpuinfo.ts'
import { unread } from './unread.ts'

export const CPUINFO = '/proc/cpuinfo'
/** The kernel writes a block a processor, hundreds of kilobytes on a large host; the first one says all we ask. */
export const CPUINFO_LIMIT = 65_536

export function collectCpu(host: Host): Fact<CpuFacts> {
  const read = host.readText(CPUINFO, CPUINFO_LIMIT)
  if (!read.ok) return unread(read, CPUINFO)
  const cpu = parseCpuInfo(read.value)
  return cpu === null ? unknown('unreadable', CPUINFO, 'no processor in it') : known(cpu, CPUINFO)
}
