import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import { plain } from './directory.ts'
import { unread } from './unread.ts'

/**
 * The module of a PCI driver, by its link; each driver is looked at once. Without a link it is built in
 * (drivers/base/module.c: module_add_driver), which a directory without the kernel's own files does not tell.
 */
export function moduleOfDriver(host: Host): (driver: string) => Fact<string | null> {
  const seen = new Map<string, Fact<string | null>>()
  return (driver) => {
    const old = seen.get(driver)
    if (old !== undefined) return old
    const fact = lookUp(host, driver)
    seen.set(driver, fact)
    return fact
  }
}

function lookUp(host: Host, driver: string): Fact<string | null> {
  const directory = `/sys/bus/pci/drivers/${driver}`
  const path = `${directory}/module`
  if (!/^[\w.-]{1,64}$/.test(driver) || driver.startsWith('.')) return unknown('unreadable', path, 'an unusual name')
  const link = host.link(path)
  if (link.ok) return known(plain(link.value.slice(link.value.lastIndexOf('/') + 1)), path)
  if (link.error !== 'absent') return unread(link, path)
  // Every driver has one (drivers/base/bus.c: bus_add_driver).
  const names = host.list(directory)
  return names.ok && names.value.includes('uevent') ? known(null, path) : unread(link, path)
}
