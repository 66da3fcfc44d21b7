import { addressIn } from '../parse/iommu-listing.ts'
import { parseLongLine, type LongLine } from '../parse/ls-long.ts'
import { addressesIn, parseAddress } from '../parse/pci-address.ts'
import { chain, fileReading } from './glean-files.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { Place } from './place.ts'

/** `ls -l` of sysfs directories and of /dev/vfio: links tell drivers, groups and the bridges above a device. */
export function gleanLongLine(text: string, line: number, found: Gleaned, place: Place): boolean {
  const entry = parseLongLine(text)
  if (entry === null) return false
  if (entry.kind === 'character') node(entry, found)
  else if (entry.kind === 'link' && entry.target !== null && found.sightings.length < MOST_ITEMS) {
    link(entry.name, entry.target, line, found, place)
  }
  return true
}

function node(entry: LongLine, found: Gleaned): void {
  const name = entry.name.startsWith('/')
    ? entry.name
    : /^(?:kvm|iommu)$/.test(entry.name)
      ? `/dev/${entry.name}`
      : `/dev/vfio/${entry.name}`
  if (!/^\/dev\/(?:vfio\/(?:vfio|\d+|noiommu-\d+)|kvm|iommu)$/.test(name) || found.nodes.length >= 1000) return
  found.nodesShown = true
  found.nodes.push({
    path: name,
    mode: entry.mode,
    // Only whether it is root's is known; any other number stands for "somebody else".
    uid: entry.owner === 'root' ? 0 : 1000,
    gid: entry.group === 'root' ? 0 : 1000,
    accessible: (entry.mode & 0o6) === 0o6,
  })
}

function link(name: string, target: string, line: number, found: Gleaned, place: Place): void {
  const directory = listed(place)
  const path = name.startsWith('/') ? name : `${directory}/${name}`
  const group = /\/iommu_groups\/(\d{1,6})\/devices\/([^/]+)$/.exec(path)
  const last = addressesIn(target).at(-1)
  if (group !== null) {
    const address = parseAddress(group[2] ?? '')
    if (address !== null) found.sightings.push({ address, line, group: Number(group[1]) })
    else found.otherMembers.push({ id: Number(group[1]), name: group[2] ?? '', line })
  }
  const own = parseAddress(name.slice(name.lastIndexOf('/') + 1))
  const driver = /\/drivers\/([\w-]{1,64})\/[^/]*$/.exec(path)?.[1]
  if (own !== null && driver !== undefined) found.sightings.push({ address: own, line, driver })
  if (last === undefined || own !== null) {
    if (own !== null) chain(target, line, found)
    else fileReading(path, target, line, found)
    return
  }
  // `/sys/block/nvme0n1 -> ../devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1`
  const nvme = /\/([0-9a-f]{4,8}:[0-9a-f:.]{7})\/nvme\/nvme\d+/.exec(target)
  found.sightings.push({ address: last, line, ...(nvme === null ? {} : { driver: 'nvme' }) })
  if (/\/physfn$|\/virtfn\d+$/.test(path)) fileReading(path, target, line, found)
}

/** The directory that `ls -l DIRECTORY` listed, or where the shell stood. */
function listed(place: Place): string {
  const named = /(?:^|\s)["']?((?:\/|\.\/)[^\s"';|&]{1,300})["']?/.exec(place.command)?.[1] ?? ''
  const path = named.replaceAll('\\', '').replace(/\/$/, '')
  return path.startsWith('/') ? path : (place.directory ?? '')
}

/** A bare path or name, as find, readlink and a plain ls print it. */
export function gleanPath(text: string, line: number, found: Gleaned, place: Place): boolean {
  if (/^\S*\/\S+$/.test(text) && text.length < 400) return path(text, line, found)
  if (!/\bls\b/.test(place.command)) return false
  const members = /\/iommu_groups\/(\d{1,6})\/devices\/?(?:\s|$)/.exec(place.command)?.[1]
  if (members !== undefined) return groupMembers(text, line, found, Number(members))
  const driver = /\/bus\/pci\/drivers\/([\w-]{1,64})\/?(?:\s|$)/.exec(place.command)?.[1]
  if (driver === undefined) return false
  // A plain `ls` of a driver's directory: addresses among `bind`, `new_id`, `uevent`.
  const addresses = text.split(/\s+/, 200).flatMap((word) => parseAddress(word) ?? [])
  for (const address of addresses)
    if (found.sightings.length < MOST_ITEMS) found.sightings.push({ address, line, driver })
  return addresses.length > 0
}

/** A plain `ls` of the devices of one group: names of members and nothing else. */
function groupMembers(text: string, line: number, found: Gleaned, group: number): boolean {
  const words = text.split(/\s+/, 200)
  const addresses = words.flatMap((word) => parseAddress(word) ?? [])
  if (addresses.length < words.length) return false
  for (const address of addresses)
    if (found.sightings.length < MOST_ITEMS) found.sightings.push({ address, line, group })
  return true
}

function path(text: string, line: number, found: Gleaned): boolean {
  if (!/^(?:\/(?:sys|dev)\/|\.{1,2}\/)/.test(text)) return false
  if (/^\/dev\/vfio\/(?:\d+|vfio)$/.test(text)) {
    found.nodesShown = true
    return true
  }
  const plain = text.replaceAll('\\', '')
  const address = addressIn(plain.slice(plain.lastIndexOf('/') + 1))?.address
  if (address === undefined) return false
  const driver = /\/drivers\/([\w-]{1,64})\/[^/]+$/.exec(plain)?.[1]
  if (driver !== undefined) found.sightings.push({ address, line, driver })
  return chain(plain, line, found) || driver !== undefined
}
