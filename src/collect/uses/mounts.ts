import type { Host } from '../../host/host.ts'
import type { Unknown } from '../../model/fact.ts'
import { parseMountInfo, parseSwaps } from '../../parse/mountinfo.ts'
import { unread } from '../unread.ts'
import { lastName, nameOfNode, type BlockDevices } from './block.ts'

const MOUNTS = '/proc/self/mountinfo'
const SWAPS = '/proc/swaps'
const BTRFS = '/sys/fs/btrfs'

export interface Marks {
  /** What stands right on a block device, by its name: `mounted at /`, `swap`. */
  readonly on: ReadonlyMap<string, readonly string[]>
  /** Why the list may be short. */
  readonly blind: Unknown | null
}

export function marksOf(host: Host, devices: BlockDevices): Marks {
  const on = new Map<string, string[]>()
  const mark = (name: string | undefined, text: string): void => {
    const texts = name === undefined ? undefined : (on.get(name) ?? [])
    if (name === undefined || texts === undefined || texts.includes(text)) return
    on.set(name, [...texts, text])
  }
  let blind: Unknown | null = null

  const mounts = host.readText(MOUNTS)
  if (!mounts.ok) blind = unread(mounts, MOUNTS)
  const nodes = new Map<string, string | undefined>()
  const nameOf = (node: string, look: () => string | undefined): string | undefined => {
    if (!nodes.has(node)) nodes.set(node, look())
    return nodes.get(node)
  }
  for (const { device, source, at } of mounts.ok ? parseMountInfo(mounts.value) : []) {
    // btrfs and overlays have a number of their own (major 0); the source names one device of them.
    const name = device.startsWith('0:')
      ? nameOf(source, () => nameOfNode(host, source, devices))
      : nameOf(device, () => nameOfNumber(host, device, devices))
    mark(name, `mounted at ${at}`)
  }

  const swaps = host.readText(SWAPS)
  // A kernel without swap has no such file.
  if (!swaps.ok && swaps.error !== 'absent') blind ??= unread(swaps, SWAPS)
  for (const path of swaps.ok ? parseSwaps(swaps.value) : []) mark(nameOfNode(host, path, devices), 'swap')
  for (const name of btrfsMembers(host)) mark(name, 'part of a mounted btrfs')
  return { on, blind }
}

function nameOfNumber(host: Host, device: string, devices: BlockDevices): string | undefined {
  const link = host.link(`/sys/dev/block/${device}`)
  const name = link.ok ? lastName(link.value) : ''
  return devices.paths.has(name) ? name : undefined
}

/** Every device of a mounted btrfs, of which the mount names but one (fs/btrfs/sysfs.c). */
function btrfsMembers(host: Host): readonly string[] {
  const systems = host.list(BTRFS)
  return (systems.ok ? systems.value : []).flatMap((id) => {
    const members = id === 'features' ? undefined : host.list(`${BTRFS}/${id}/devices`)
    return members?.ok === true ? members.value : []
  })
}
