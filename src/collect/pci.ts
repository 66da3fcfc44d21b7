import type { Host } from '../host/host.ts'
import { known, valueOf, type Fact } from '../model/fact.ts'
import type { PciList } from '../model/pci.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { listOrNone } from './listing.ts'
import { completeFunction, seeFunction } from './pci-function.ts'
import { moduleOfDriver } from './pci-driver.ts'
import { modulesFor, namesOf } from './pci-names.ts'
import { usesOf } from './pci-uses.ts'

const DEVICES = '/sys/bus/pci/devices'

/**
 * Every PCI function of the host, by address. No sleeping function is woken, and what turns a device on or may hang
 * it (`rom`, `vpd`, `resourceN`, `reset`, the link attributes) is never opened.
 */
export function collectPci(host: Host): Fact<PciList> {
  const names = devicesOf(host)
  if (names.state === 'unknown') return names
  const seen = names.value.flatMap((name) => {
    const address = parseAddress(name)
    return address === null ? [] : [seeFunction(host, `${DEVICES}/${name}`, address)]
  })
  const around = {
    powers: new Map(seen.map((one) => [one.address, one])),
    name: namesOf(host, new Set(seen.map((one) => `${valueOf(one.vendorId)}:${valueOf(one.deviceId)}`))),
    moduleOf: moduleOfDriver(host),
    modules: modulesFor(host, new Set(seen.map((one) => valueOf(one.vendorId) ?? ''))),
  }
  const bare = seen.map((one) => completeFunction(host, one, around))
  const uses = usesOf(host, bare)
  return known({ functions: bare.map((one) => ({ ...one, uses: uses(one) })), complete: true }, DEVICES)
}

/** A kernel without PCI has no /sys/bus/pci. */
function devicesOf(host: Host): Fact<readonly string[]> {
  const bus = listOrNone(host, '/sys/bus/pci')
  return bus.state === 'known' && bus.value.length > 0 ? listOrNone(host, DEVICES) : bus
}
