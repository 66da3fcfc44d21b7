import type { Host } from '../../host/host.ts'
import { cleanLine } from '../../parse/clean.ts'
import { listOrNone } from '../listing.ts'
import { BLOCK, blockDevices, visibleName, type BlockDevices } from './block.ts'
import { ownersIn, type Found } from './found.ts'
import { marksOf, type Marks } from './mounts.ts'
import { importedPools, poolMember } from './zfs.ts'

/** Disks, and what of the host is on them: file systems, swap, volumes, pools. */
export function diskUses(host: Host): Found {
  const names = listOrNone(host, BLOCK)
  if (names.state === 'unknown') return { uses: [], blind: [{ kind: 'disk', because: names }] }
  const devices = blockDevices(host, names.value)
  const disks = devices.disks.flatMap((name) => {
    const owners = ownersIn(devices.paths.get(name) ?? '')
    return owners.length === 0 ? [] : [{ name: visibleName(name, devices), owners }]
  })
  if (disks.length === 0) return { uses: [], blind: [] }

  const marks = marksOf(host, devices)
  const pools = importedPools(host)
  const uses: Found['uses'][number][] = []
  const blind: Found['blind'][number][] = []
  for (const { name, owners } of disks) {
    const parts = [name, ...(devices.partitions.get(name) ?? [])]
    const reasons = [...new Set(parts.flatMap((part) => standingOn(host, part, devices, marks, new Set())))]
    const member = reasons.length === 0 ? poolMember(host, parts, pools) : null
    if (typeof member === 'string') reasons.push(member)
    const inUse = reasons.length === 0 ? null : inWords(reasons)
    const hidden = typeof member === 'string' ? null : (member ?? marks.blind)
    for (const owner of owners) {
      uses.push({ owner, use: { kind: 'disk', name: cleanLine(name), inUse, source: `${BLOCK}/${name}` } })
      if (inUse === null && hidden !== null) blind.push({ owner, because: hidden })
    }
  }
  return { uses, blind }
}

/** What stands on a device, through its holders: device mapper, RAID and the like, each with its own partitions. */
function standingOn(
  host: Host,
  name: string,
  devices: BlockDevices,
  marks: Marks,
  seen: Set<string>,
): readonly string[] {
  if (seen.has(name)) return []
  seen.add(name)
  const reasons = [...(marks.on.get(name) ?? [])]
  const holders = host.list(`${BLOCK}/${name}/holders`)
  for (const holder of holders.ok ? holders.value : []) {
    const parts = [holder, ...(devices.partitions.get(holder) ?? [])]
    const above = parts.flatMap((part) => standingOn(host, part, devices, marks, seen))
    // A volume that is open but not mounted may well be the disk of a running guest.
    reasons.push(...(above.length > 0 ? above : [`part of ${labelOf(host, holder)}`]))
  }
  return reasons
}

function labelOf(host: Host, name: string): string {
  const label = host.readText(`${BLOCK}/${name}/dm/name`, 256)
  return cleanLine(label.ok ? `${name} (${label.value.trim()})` : name)
}

/** The shortest three, so that `/` comes first. */
function inWords(reasons: readonly string[]): string {
  const sorted = [...reasons].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  const more = sorted.length - 3
  return sorted.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
