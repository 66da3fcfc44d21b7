import type { Unknown } from '../../model/fact.ts'
import type { Address, DeviceUse } from '../../model/pci.ts'
import { parseAddress } from '../../parse/pci-address.ts'

/** What one kind of search found: uses by the function they stand on, and where it could not tell. */
export interface Found {
  readonly uses: readonly { readonly owner: Address; readonly use: DeviceUse }[]
  /** By the function, or by the kind of thing: then for each function with a driver that can carry one. */
  readonly blind: readonly (
    | { readonly owner: Address; readonly because: Unknown }
    | { readonly kind: Kind; readonly because: Unknown }
  )[]
}

export type Kind = Exclude<DeviceUse['kind'], 'framebuffer'>

/** Base classes (PCI Code and ID Assignment) that carry it. On 0c, USB and the like, hangs anything. */
const CARRIERS: Readonly<Record<Kind, readonly number[]>> = {
  disk: [0x01, 0x05, 0x0c],
  network: [0x02, 0x0c, 0x0d],
  display: [0x03, 0x0c],
  input: [0x09, 0x0c],
  sound: [0x04, 0x0c],
}
/** Classes that do not say what it is: none, peripherals, processors, signal processing, accelerators, unassigned. */
const VAGUE: readonly number[] = [0x00, 0x07, 0x08, 0x0b, 0x11, 0x12, 0xff]

/** Whether such a thing can stand on a function of this class; a class that is not known rules nothing out. */
export function canCarry(kind: Kind, code: number | undefined): boolean {
  return code === undefined || CARRIERS[kind].includes(code >> 16) || VAGUE.includes(code >> 16)
}

/**
 * The functions that something with this sysfs path stands on: the last one along it, and each one that has a PCI
 * domain of its own below it, as Intel VMD has, since whoever takes that takes all that is behind it.
 */
export function ownersIn(path: string): readonly Address[] {
  const parts = path.split('/')
  const functions = parts.flatMap((part, at) => {
    const address = parseAddress(part)
    return address === null ? [] : [{ address, isHost: /^pci[0-9a-f]{4,8}:/.test(parts[at + 1] ?? '') }]
  })
  return functions.filter((one, at) => one.isHost || at === functions.length - 1).map((one) => one.address)
}
