import type { Host } from '../../host/host.ts'
import { known, type Fact, type Unknown } from '../../model/fact.ts'
import { cleanLine } from '../../parse/clean.ts'
import { unread } from '../unread.ts'
import { BLOCK } from './block.ts'

const KSTAT = '/proc/spl/kstat/zfs'

/** Names of the imported ZFS pools: each has a directory with its state. Without the module there is none. */
export function importedPools(host: Host): Fact<ReadonlySet<string>> {
  const names = host.list(KSTAT)
  if (!names.ok) return names.error === 'absent' ? known(new Set<string>(), KSTAT) : unread(names, KSTAT)
  return known(new Set(names.value.filter((name) => host.readText(`${KSTAT}/${name}/state`, 64).ok)), KSTAT)
}

/**
 * Whether one of these block devices belongs to an imported pool. ZFS leaves no trace of its members in sysfs, so
 * udev's record of what it saw on the device must tell; without that record it is unknown. null: none does.
 */
export function poolMember(
  host: Host,
  names: readonly string[],
  pools: Fact<ReadonlySet<string>>,
): string | Unknown | null {
  if (pools.state === 'unknown') return pools
  if (pools.value.size === 0) return null
  for (const name of names) {
    const number = host.readText(`${BLOCK}/${name}/dev`, 64)
    if (!number.ok) return unread(number, `${BLOCK}/${name}/dev`)
    const record = `/run/udev/data/b${number.value.trim()}`
    const data = host.readText(record, 65_536)
    if (!data.ok) return unread(data, record)
    if (!/^E:ID_FS_TYPE=zfs_member$/m.test(data.value)) continue
    // A cache or spare device has no pool's name on it.
    const pool = /^E:ID_FS_LABEL=(.{1,256})$/m.exec(data.value)?.[1]
    if (pool === undefined) return 'a member of a ZFS pool'
    if (pools.value.has(pool)) return `a member of the ZFS pool ${cleanLine(pool)}`
  }
  return null
}
