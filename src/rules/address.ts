import type { Address } from '../model/pci.ts'

/** Domain, bus and device without the function: what shares a slot. */
export function slotOf(address: Address): string {
  return address.slice(0, address.lastIndexOf('.'))
}

export function sameSlot(a: Address, b: Address): boolean {
  return slotOf(a) === slotOf(b)
}

/** Domains above 0xffff are made by Intel VMD (drivers/pci/controller/vmd.c starts at 0x10000). */
export function behindVmd(address: Address): boolean {
  return address.indexOf(':') > 4
}
