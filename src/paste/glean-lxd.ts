import { parseAddress } from '../parse/pci-address.ts'
import type { Sighting } from './gleaned.ts'
import type { Place } from './place.ts'

/**
 * `lxc info --resources` and `incus info --resources`: a line each for vendor, product, address and driver, in this order,
 * with the id or the version in brackets (renderGPU and renderNIC in lxc/info.go). What has no driver has no such line.
 */
export function gleanResources(text: string, line: number, place: Place, keep: (one: Sighting) => boolean): boolean {
  const pair = /^(NUMA node|Vendor|Product|PCI address|Driver): (\S.{0,300})$/.exec(text)
  if (pair === null) return false
  const [, key = '', value = ''] = pair
  // The first line of each device; one that is not on PCI has no address.
  if (key === 'NUMA node') {
    place.resource = null
    return false
  }
  if (key === 'PCI address') {
    const { vendorId, deviceId, name } = place.resource ?? {}
    const address = parseAddress(value)
    place.resource = address === null ? null : { address }
    return (
      address !== null &&
      keep({ address, line, ...(vendorId && { vendorId }), ...(deviceId && { deviceId }), ...(name && { name }) })
    )
  }
  const { resource } = place
  const said = /^(.{1,280}?) \(([^()]{0,80})\)$/.exec(value)
  if (said === null) return false
  if (key === 'Driver') {
    const address = resource?.address
    place.resource = null
    return (
      address !== undefined && /^[\w-]{1,64}$/.test(said[1] ?? '') && keep({ address, line, driver: said[1] ?? '' })
    )
  }
  const id = /^[0-9a-f]{4}$/.exec(said[2] ?? '')?.[0]
  if (id === undefined) return false
  place.resource = key === 'Vendor' ? { vendorId: id } : { ...resource, deviceId: id, name: said[1] ?? '' }
  return true
}
