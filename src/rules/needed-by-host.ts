import { valueOf } from '../model/fact.ts'
import type { PciFunction } from '../model/pci.ts'
import { matching } from './candidates.ts'
import { belongsTo } from './groups.ts'
import type { ListedId } from './parameters.ts'
import { idOf } from './pci.ts'

/** Whether a disk or network that the host runs on hangs on it; a display in use is what people do give away. */
export function carriesHost(fn: PciFunction): boolean {
  return (valueOf(fn.uses) ?? []).some((one) => one.inUse !== null && (one.kind === 'disk' || one.kind === 'network'))
}

/**
 * Whether a function is the twin that the host keeps. An id that is listed for vfio-pci names every device that has it,
 * so of two cards with it the one that the host needs less is meant: the idle one, or the one that is not the primary
 * display.
 */
export function keptTwin(fn: PciFunction, functions: readonly PciFunction[], listed: readonly ListedId[]): boolean {
  const own = need(fn, functions)
  if (own === 0) return false
  return listed.flatMap((one) => matching(functions, one)).some((other) => need(other, functions) < own)
}

/** What nobody means by an id in the list: what the host runs on, and the twin that it keeps. */
export function keptByHost(fn: PciFunction, functions: readonly PciFunction[], listed: readonly ListedId[]): boolean {
  return carriesHost(fn) || keptTwin(fn, functions, listed)
}

/** How much the host needs the card that a function is on: not at all, as it seems, up to its disks and networks. */
function need(fn: PciFunction, functions: readonly PciFunction[]): number {
  const card = [fn, ...matesOf(fn, functions)]
  if (card.some(carriesHost)) return 3
  const used = card.filter((one) => usedFor(one) !== '')
  if (used.some((one) => valueOf(one.bootVga) === true)) return 2
  return used.length > 0 ? 1 : 0
}

/** What the host uses a function for, in words. */
export function usedFor(fn: PciFunction): string {
  const used = (valueOf(fn.uses) ?? []).filter((one) => one.inUse !== null)
  return used.map((one) => `${one.name} (${one.inUse})`).join(', ')
}

/** The same, or else what the host uses the other functions of its card for. */
export function cardUsedFor(fn: PciFunction, functions: readonly PciFunction[]): string {
  const own = usedFor(fn)
  return own === ''
    ? matesOf(fn, functions)
        .map(usedFor)
        .filter((one) => one !== '')
        .join(', ')
    : own
}

/** The other parts of its card. Ports of a network card have one id, and each is a device of its own. */
function matesOf(fn: PciFunction, functions: readonly PciFunction[]): readonly PciFunction[] {
  return functions.filter((one) => one !== fn && belongsTo(one, fn) && idOf(one) !== idOf(fn))
}
