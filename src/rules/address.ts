import type { Address } from '../model/pci.ts'

/** Domain, bus and device without the function: what shares a slot. */
export function slotOf(address: Address): string {
  return address.slice(0, address.lastIndexOf('.'))
}

export function sameSlot(a: Address, b: Address): boolean {
  return slotOf(a) === slotOf(b)
}

/** `0000:0a:00`, as Proxmox names a slot, as the address of its first function; a whole address as it is. */
export function firstOfSlot(text: string): Address | null {
  const found = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[01][0-9a-f])(\.[0-7])?$/i.exec(text)
  return found === null ? null : `${found[1] ?? '0000'}:${found[2]}${found[3] ?? '.0'}`.toLowerCase()
}

/** Domains above 0xffff are made by Intel VMD (drivers/pci/controller/vmd.c starts at 0x10000). */
export function behindVmd(address: Address): boolean {
  return address.indexOf(':') > 4
}
