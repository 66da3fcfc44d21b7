import { valueOf } from '../model/fact.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import { findFunction } from './pci.ts'

/** The ports and bridges above a function, nearest first, as far as they are known. */
export function ancestors(fn: PciFunction, pci: PciList): readonly PciFunction[] {
  const path: PciFunction[] = []
  let at: PciFunction | undefined = fn
  while (at !== undefined && path.length < 64) {
    const parent: string | null | undefined = valueOf(at.parent)
    at = parent === null || parent === undefined ? undefined : findFunction(pci, parent)
    if (at !== undefined) path.push(at)
  }
  return path
}

/** Everything below a bridge: by the parent links, else by the bus numbers of its window. */
export function behind(bridge: PciFunction, pci: PciList): readonly PciFunction[] {
  const linked = pci.functions.filter((one) => ancestors(one, pci).includes(bridge))
  if (linked.length > 0) return linked
  const config = valueOf(bridge.config)
  const first = config === undefined ? undefined : valueOf(config.secondaryBus)
  const last = config === undefined ? undefined : valueOf(config.subordinateBus)
  if (typeof first !== 'number' || typeof last !== 'number' || first === 0) return []
  const domain = bridge.address.slice(0, bridge.address.indexOf(':'))
  return pci.functions.filter((one) => {
    const [otherDomain, bus] = one.address.split(':')
    const number = Number.parseInt(bus ?? '', 16)
    return otherDomain === domain && number >= first && number <= last
  })
}

/** The function of the same bus, before the address, that can make virtual functions and has none now. */
export function emptyParent(address: Address, pci: PciList | undefined): PciFunction | undefined {
  const bus = address.slice(0, -4)
  return pci?.functions.find(
    (fn) => valueOf(fn.sriovNumVfs) === 0 && fn.address.startsWith(bus) && fn.address < address,
  )
}
