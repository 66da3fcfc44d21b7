import type { Unknown } from '../../model/fact.ts'
import type { Address, DeviceUse } from '../../model/pci.ts'
import { parseAddress } from '../../parse/pci-address.ts'

/** What one kind of search found: uses by the function they stand on, and where it could not tell. */
export interface Found {
  readonly uses: readonly { readonly owner: Address; readonly use: DeviceUse }[]
  /** `owner` null: it could not tell for any function that has a driver. */
  readonly blind: readonly { readonly owner: Address | null; readonly because: Unknown }[]
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
