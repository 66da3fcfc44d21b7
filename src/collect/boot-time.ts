import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import { unread } from './unread.ts'

const STAT = '/proc/stat'

/** When this boot began, in seconds since 1970 by the clock as it is set now (fs/proc/stat.c: getboottime64). */
export function bootTime(host: Host): Fact<number> {
  const read = host.readText(STAT, 1_048_576)
  if (!read.ok) return unread(read, STAT)
  const seconds = /^btime (\d{1,12})$/m.exec(read.value)?.[1]
  return seconds === undefined ? unknown('unreadable', STAT, 'no btime in it') : known(Number(seconds), STAT)
}
