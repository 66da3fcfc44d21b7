import { addressIn } from '../parse/iommu-listing.ts'
import { parseLongLine, pathAddresses } from '../parse/ls-long.ts'
import type { Place } from './place.ts'
import type { Gleaned } from './gleaned.ts'

/** `ls -l` of sysfs directories and of /dev/vfio: links tell drivers, groups and the bridges above a device. */
export function gleanLongLine(text: string, line: number, found: Gleaned, place: Place): boolean {
  const entry = parseLongLine(text)
  if (entry === null) return false
  if (entry.kind === 'character') {
    const name = entry.name.startsWith('/') ? entry.name : `/dev/vfio/${entry.name}`
    if (/^\/dev\/(?:vfio\/(?:vfio|\d+|noiommu-\d+)|kvm|iommu)$/.test(name)) {
      found.nodesShown = true
      const root = entry.owner === 'root' ? 0 : 1000
      found.nodes.push({
        path: name,
        mode: entry.mode,
        uid: root,
        gid: entry.group === 'root' ? 0 : 1000,
        accessible: (entry.mode & 0o6) === 0o6,
      })
    }
    return true
  }
  if (entry.kind !== 'link' || entry.target === null)
    return entry.kind === 'directory' || /vfio|iommu|pci/.test(place.command)
  const chain = pathAddresses(entry.target)
  const address = chain.at(-1)
  if (address !== undefined) {
    const driver = /\/drivers\/([\w-]+)/.exec(place.command)?.[1]
    const parent = chain.at(-2)
    found.sightings.push({
      address,
      line,
      ...(driver === undefined || !entry.name.includes(address) ? {} : { driver }),
      ...(parent === undefined ? {} : { parent }),
    })
    const group = /iommu_groups\/(\d+)\/devices/.exec(place.command)
    if (group !== null) found.sightings.push({ address, line, group: Number(group[1]) })
    return true
  }
  const about = addressIn(entry.name)?.address ?? addressIn(place.command)?.address
  if (about === undefined) return true
  const driver = /\/drivers\/([\w-]+)$/.exec(entry.target)
  if (driver !== null) found.sightings.push({ address: about, line, driver: driver[1] ?? null })
  const group = /\/iommu_groups\/(\d+)$/.exec(entry.target)
  if (group !== null) found.sightings.push({ address: about, line, group: Number(group[1]) })
  return true
}

/** A bare path as readlink or find prints it. */
export function gleanPath(text: string, line: number, found: Gleaned): boolean {
  if (!/^\/(?:sys|dev)\/\S+$/.test(text)) return false
  const node = /^\/dev\/vfio\/(\d+|vfio)$/.exec(text)
  if (node !== null) {
    found.nodesShown = true
    return true
  }
  const chain = pathAddresses(text)
  const address = chain.at(-1)
  if (address === undefined) return false
  const parent = chain.at(-2)
  const driver = /\/drivers\/([\w-]+)\/[^/]+$/.exec(text)?.[1]
  found.sightings.push({
    address,
    line,
    ...(parent === undefined ? {} : { parent }),
    ...(driver === undefined ? {} : { driver }),
  })
  return true
}
