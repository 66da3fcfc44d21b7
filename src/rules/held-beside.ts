import { valueOf } from '../model/fact.ts'
import type { PciFunction, PciList } from '../model/pci.ts'
import { sameSlot } from './address.ts'
import { isBridge, onHostDriver, onVfio } from './pci.ts'

/** The only device on a VFIO driver with a function beside it on a host driver, where the message names none. */
export function onlyTorn(pci: PciList): PciFunction | undefined {
  const torn = pci.functions.filter((one) => onVfio(one) === true && heldBeside(one, pci).length > 0)
  const [first, ...rest] = torn
  return first !== undefined && rest.every((one) => sameSlot(one.address, first.address)) ? first : undefined
}

/** Functions of the same card and, as far as is known, the same group that a driver of the host has. */
export function heldBeside(fn: PciFunction, pci: PciList): readonly PciFunction[] {
  const group = valueOf(fn.group)
  return pci.functions.filter((one) => {
    if (one === fn || !sameSlot(one.address, fn.address) || isBridge(one) !== false) return false
    const other = valueOf(one.group)
    return onHostDriver(one) === true && (typeof group !== 'number' || typeof other !== 'number' || other === group)
  })
}
