import { valueOf, type Fact, type Unknown } from '../model/fact.ts'
import type { Scope } from '../model/machine.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import { wishedFor } from './boot-binding.ts'
import { carriesHost, usedFor } from './needed-by-host.ts'
import { findFunction, onHostDriver, useHidden } from './pci.ts'

/** What is at an address that is written for a VFIO driver. */
export type Standing =
  /** A device that may be handed over, or a virtual function that is made later. */
  | { readonly kind: 'fits' }
  | { readonly kind: 'absent' }
  /** It carries what the host runs on. */
  | { readonly kind: 'host'; readonly fn: PciFunction; readonly use: string }
  | { readonly kind: 'untold'; readonly what: string; readonly because: Unknown | null }

/** Addresses change with cards and settings of the firmware: what is there now need not be what was meant. */
export function standingOf(address: Address, pci: Fact<PciList>, scope: Scope): Standing {
  if (pci.state === 'unknown') return { kind: 'untold', what: `whether ${address} is there`, because: pci }
  const fn = findFunction(pci.value, address)
  if (fn === undefined) {
    if (!pci.value.complete) return { kind: 'untold', what: `whether ${address} is there`, because: null }
    return mayBeVirtual(address, pci.value) ? { kind: 'fits' } : { kind: 'absent' }
  }
  if (wishedFor(scope.candidates.get(address) ?? '')) return { kind: 'fits' }
  const hidden = useHidden(fn)
  if (hidden !== undefined) return { kind: 'untold', what: `what of this host stands on ${address}`, because: hidden }
  return onHostDriver(fn) === true && carriesHost(fn) ? { kind: 'host', fn, use: usedFor(fn) } : { kind: 'fits' }
}

/** A virtual function that is made later has an address on the bus of its physical function or on one of the next. */
export function mayBeVirtual(address: Address, pci: PciList): boolean {
  const busOf = (text: string): number => Number.parseInt(text.split(':')[1] ?? '', 16)
  const domain = address.slice(0, -7)
  return pci.functions.some((one) => {
    const ahead = busOf(address) - busOf(one.address)
    return one.address.startsWith(domain) && (valueOf(one.sriovTotalVfs) ?? 0) > 0 && (ahead === 0 || ahead === 1)
  })
}
