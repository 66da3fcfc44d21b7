import { addressIn } from '../parse/iommu-listing.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { gleanResources } from './glean-lxd.ts'
import { gleanObject } from './glean-objects.ts'
import { MOST_ITEMS, type Gleaned, type Sighting } from './gleaned.ts'
import type { Place } from './place.ts'

/** Listings of devices by tools other than lspci, a row or a few lines a function. */
export function gleanTable(text: string, line: number, found: Gleaned, place: Place): boolean {
  const keep = (sighting: Sighting | null): boolean => {
    if (sighting === null) return false
    if (found.sightings.length < MOST_ITEMS) found.sightings.push(sighting)
    return true
  }
  return (
    keep(devbindRow(text, line)) ||
    keep(driverctlRow(text, line)) ||
    keep(inxiRow(text, line)) ||
    gleanPvesh(text, line, place, keep) ||
    gleanObject(text, line, place, keep) ||
    gleanResources(text, line, place, keep) ||
    gleanRecord(text, line, place, keep)
  )
}

/** `0000:5e:00.3 'Ethernet …' drv=vfio-pci unused=i40e`: dpdk-devbind --status; `unused=` alone is no driver. */
function devbindRow(text: string, line: number): Sighting | null {
  const row = /^([0-9a-f]{4,8}:[0-9a-f:.]{7}) '([^']{0,200})' (.{0,200})$/i.exec(text)
  const address = row === null ? null : parseAddress(row[1] ?? '')
  if (row === null || address === null || !/\bunused=|\bdrv=/.test(row[3] ?? '')) return null
  const device = / ([0-9a-f]{4})$/i.exec(row[2] ?? '')?.[1]?.toLowerCase()
  return {
    address,
    line,
    driver: /\bdrv=([\w-]{1,64})/.exec(row[3] ?? '')?.[1] ?? null,
    name: row[2] ?? '',
    ...(device === undefined ? {} : { deviceId: device }),
  }
}

/** `0000:01:00.0 vfio-pci [*]` of driverctl list-devices; with -v the name stands behind it. */
function driverctlRow(text: string, line: number): Sighting | null {
  const row = /^([0-9a-f]{4,8}:[0-9a-f:.]{7}) ([\w-]{2,64}|\(none\))( \[\*\])?(?: \(.{0,200}\))?$/i.exec(text)
  const address = row === null ? null : parseAddress(row[1] ?? '')
  if (row === null || address === null) return null
  const driver = row[2] === '(none)' ? null : (row[2] ?? null)
  return { address, line, driver, ...(row[3] === undefined || driver === null ? {} : { override: driver }) }
}

/** `Device-1: NVIDIA GP104 driver: vfio-pci v: N/A … bus-ID: 01:00.0 chip-ID: 10de:1b80` of inxi. */
function inxiRow(text: string, line: number): Sighting | null {
  if (!/\bdriver: /.test(text)) return null
  const bus = /\bbus[- ]ID: (\S{7,16})/i.exec(text)
  const address = bus === null ? null : parseAddress(bus[1] ?? '')
  if (address === null) return null
  const driver = /\bdriver: ([\w-]{2,64}|N\/A)/.exec(text)?.[1]
  const ids = /\bchip[- ]ID: ([0-9a-f]{4}):([0-9a-f]{4})/i.exec(text)
  return {
    address,
    line,
    ...(driver === undefined ? {} : { driver: driver === 'N/A' ? null : driver }),
    ...(ids === null ? {} : { vendorId: (ids[1] ?? '').toLowerCase(), deviceId: (ids[2] ?? '').toLowerCase() }),
  }
}

/** The table of `pvesh get /nodes/NODE/hardware/pci`; a group of -1 is none. */
function gleanPvesh(text: string, line: number, place: Place, keep: (one: Sighting) => boolean): boolean {
  if (!/[│|]/.test(text)) return false
  const cells = text.split(/[│|]/, 24).map((cell) => cell.trim())
  if (cells.includes('iommugroup') && cells.includes('id')) {
    place.columns = cells
    return true
  }
  if (place.columns === null) return false
  const cell = (name: string): string => cells[place.columns?.indexOf(name) ?? -1] ?? ''
  const address = parseAddress(cell('id'))
  if (address === null) return true
  const hex = (name: string): string | undefined => /^0x([0-9a-f]{4,6})$/i.exec(cell(name))?.[1]?.toLowerCase()
  const [vendorId, deviceId, code] = [hex('vendor'), hex('device'), hex('class')]
  const group = /^-?\d{1,6}$/.test(cell('iommugroup')) ? Number(cell('iommugroup')) : undefined
  return keep({
    address,
    line,
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(code?.length === 6 ? { class: Number.parseInt(code, 16) } : {}),
    ...(group === undefined ? {} : { group: group < 0 ? null : group }),
  })
}

/** Records over several lines: lshw, ethtool -i, lspci -vmm. The line that names the function comes first or last. */
function gleanRecord(text: string, line: number, place: Place, keep: (one: Sighting) => boolean): boolean {
  const pair = /^([A-Za-z][\w -]{1,16}):\s+(\S.{0,300})$/.exec(text)
  if (/^\*-\w/.test(text)) place.about = null
  if (pair === null) return false
  const [, key = '', value = ''] = pair
  if (key === 'bus info' || key === 'bus-info' || key === 'Slot') {
    const address = addressIn(value.replace('pci@', ''))?.address ?? null
    place.about = address
    const driver = place.ethtool
    place.ethtool = null
    if (address !== null) keep({ address, line, ...(key === 'bus-info' && driver !== null ? { driver } : {}) })
    return address !== null
  }
  if (key === 'driver' && /\bethtool\b/.test(place.command)) {
    place.ethtool = value
    return true
  }
  const { about } = place
  if (about === null) return false
  const id = /\[([0-9a-f]{4})\]$/i.exec(value)?.[1]?.toLowerCase()
  switch (key) {
    case 'configuration': {
      const driver = /\bdriver=([\w-]{1,64})/.exec(value)?.[1]
      return driver === undefined ? false : keep({ address: about, line, driver })
    }
    case 'Driver':
      return /^[\w-]{1,64}$/.test(value) && keep({ address: about, line, driver: value })
    case 'IOMMUGroup':
      return /^\d{1,6}$/.test(value) && keep({ address: about, line, group: Number(value) })
    case 'Class':
      return id !== undefined && keep({ address: about, line, class: Number.parseInt(id, 16) << 8 })
    case 'Vendor':
      return id !== undefined && keep({ address: about, line, vendorId: id })
    case 'Device':
      return id !== undefined && keep({ address: about, line, deviceId: id })
    default:
      return false
  }
}
