import type { Host } from '../../host/host.ts'

export const BLOCK = '/sys/class/block'

/** Block devices by name: where each stands in sysfs, and which partitions a disk has. */
export interface BlockDevices {
  readonly paths: ReadonlyMap<string, string>
  readonly partitions: ReadonlyMap<string, readonly string[]>
  /** Disks alone, without partitions. */
  readonly disks: readonly string[]
}

export function blockDevices(host: Host, names: readonly string[]): BlockDevices {
  const paths = new Map<string, string>()
  const partitions = new Map<string, string[]>()
  const disks: string[] = []
  const known = new Set(names)
  for (const name of names) {
    const link = host.link(`${BLOCK}/${name}`)
    if (!link.ok) continue
    paths.set(name, link.value)
    // A partition's directory stands in its disk's.
    const above = link.value.split('/').at(-2) ?? ''
    if (known.has(above)) partitions.set(above, [...(partitions.get(above) ?? []), name])
    else disks.push(name)
  }
  return { paths, partitions, disks }
}

/**
 * With multipath, a hidden `nvme0c1n2` stands below the controller, and the disk that people see is `nvme0n2`
 * (nvme_mpath_set_disk_name in drivers/nvme/host/multipath.c).
 */
export function visibleName(name: string, devices: BlockDevices): string {
  const head = name.replace(/^(nvme\d+)c\d+(n\d+)$/, '$1$2')
  return devices.paths.has(head) ? head : name
}

/** The name of a block device from a path of /dev, through the links that udev makes; undefined for other things. */
export function nameOfNode(host: Host, path: string, devices: BlockDevices): string | undefined {
  if (!path.startsWith('/dev/')) return undefined
  const base = lastName(path)
  if (devices.paths.has(base)) return base
  const link = host.link(path)
  const target = link.ok ? lastName(link.value) : ''
  return devices.paths.has(target) ? target : undefined
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
