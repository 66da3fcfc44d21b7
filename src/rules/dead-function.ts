import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Address, PciList } from '../model/pci.ts'
import { findFunction } from './pci.ts'

/** What shows that a function does nothing: the listing has no device id of it, or no BAR at all. */
export function whyNothing(address: Address | undefined, pci: PciList | undefined): Evidence | undefined {
  const fn = pci === undefined || address === undefined ? undefined : findFunction(pci, address)
  const id = fn === undefined ? undefined : valueOf(fn.deviceId)
  const bars = fn === undefined ? undefined : valueOf(fn.resources)
  if (fn === undefined) return undefined
  if (id === '0000' || id === 'ffff') return { source: fn.deviceId.source, saw: `its device id is ${id}` }
  return bars?.length === 0 ? { source: fn.resources.source, saw: 'it has no BAR' } : undefined
}
