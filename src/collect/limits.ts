import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { LimitFacts } from '../model/system.ts'
import { parseLimits } from '../parse/limits.ts'
import { unread } from './unread.ts'

const LIMITS = '/proc/self/limits'

/** The limits of the process that examines: what a QEMU started from the same shell would get. */
export function collectLimits(host: Host): Fact<LimitFacts> {
  const read = host.readText(LIMITS, 65_536)
  if (!read.ok) return unread(read, LIMITS)
  const limits = parseLimits(read.value)
  return limits === null ? unknown('unreadable', LIMITS, 'no line "Max locked memory"') : known(limits, LIMITS)
}
