import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { GroupList, IommuGroup, IommuUnit, ReservedRegion } from '../model/iommu.ts'
import { cleanLine } from '../parse/clean.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { parseReservedRegions } from '../parse/reserved-regions.ts'
import { listOrNone } from './listing.ts'
import { unread } from './unread.ts'

const UNITS = '/sys/class/iommu'
const GROUPS = '/sys/kernel/iommu_groups'

/** The IOMMU units that the kernel drives. None is known where /sys/class can be read and has no `iommu`. */
export function collectIommuUnits(host: Host): Fact<readonly IommuUnit[]> {
  const names = listOrNone(host, UNITS)
  if (names.state === 'unknown') return names
  return known(
    names.value.map((name) => unitOf(host, name)),
    UNITS,
  )
}

function unitOf(host: Host, name: string): IommuUnit {
  const directory = `${UNITS}/${name}`
  const kind = kindOf(host, name)
  const register = (attribute: string): Fact<bigint | null> =>
    kind === 'intel' ? hexOf(host, `${directory}/intel-iommu/${attribute}`) : known(null, directory)
  return {
    name: cleanLine(name),
    kind,
    cap: register('cap'),
    ecap: register('ecap'),
    features: kind === 'amd' ? textOf(host, `${directory}/amd-iommu/features`) : known(null, directory),
  }
}

/**
 * Drivers name their units dmarN, ivhdN and smmu…; virtio-iommu is named after the device that carries it, an address
 * or virtio-mmio.N, and is told by its place below a virtio device (viommu_probe in drivers/iommu/virtio-iommu.c).
 */
function kindOf(host: Host, name: string): IommuUnit['kind'] {
  if (/^dmar\d+$/.test(name)) return 'intel'
  if (/^ivhd\d+$/.test(name)) return 'amd'
  if (name.startsWith('smmu')) return 'smmu'
  const link = host.link(`${UNITS}/${name}`)
  const below = link.ok ? link.value.split('/') : []
  return name.startsWith('virtio') || below.some((part) => /^virtio\d+$/.test(part)) ? 'virtio' : 'other'
}

/** A register as the kernel prints it: hexadecimal without 0x (drivers/iommu/intel/iommu.c, cap_show). */
function hexOf(host: Host, path: string): Fact<bigint> {
  const read = host.readText(path, 64)
  if (!read.ok) return unread(read, path)
  const digits = /^\s*(?:0x)?([0-9a-fA-F]{1,16})\s*$/.exec(read.value)?.[1]
  return digits === undefined
    ? unknown('unreadable', path, 'no hexadecimal number')
    : known(BigInt(`0x${digits}`), path)
}

function textOf(host: Host, path: string): Fact<string> {
  const read = host.readText(path, 256)
  return read.ok ? known(cleanLine(read.value.trim()), path) : unread(read, path)
}

/** The IOMMU groups with their members. A kernel without the directory has none. */
export function collectGroups(host: Host): Fact<GroupList> {
  const ids = listOrNone(host, GROUPS)
  if (ids.state === 'unknown') return ids
  const groups: IommuGroup[] = []
  let complete = true
  for (const name of ids.value.filter((one) => /^\d{1,9}$/.test(one))) {
    const directory = `${GROUPS}/${name}`
    const devices = host.list(`${directory}/devices`)
    if (!devices.ok) {
      complete = false
      continue
    }
    const members = devices.value.filter((one) => parseAddress(one) !== null)
    groups.push({
      id: Number(name),
      members,
      others: devices.value.filter((one) => parseAddress(one) === null).map(cleanLine),
      type: typeOf(host, `${directory}/type`),
      reserved: reservedOf(host, `${directory}/reserved_regions`),
    })
  }
  return known({ groups: groups.sort((a, b) => a.id - b.id), complete }, GROUPS)
}

/** null on a kernel that is too old to have the attribute. */
function typeOf(host: Host, path: string): Fact<string | null> {
  const read = host.readText(path, 64)
  if (read.ok) return known(cleanLine(read.value.trim()), path)
  return read.error === 'absent' ? known(null, path) : unread(read, path)
}

function reservedOf(host: Host, path: string): Fact<readonly ReservedRegion[]> {
  const read = host.readText(path, 65_536)
  if (!read.ok) return unread(read, path)
  const regions = parseReservedRegions(read.value)
  return regions === null ? unknown('unreadable', path, 'a line is not start, end and type') : known(regions, path)
}
