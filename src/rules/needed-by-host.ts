import { valueOf } from '../model/fact.ts'
import type { DeviceUse, PciFunction } from '../model/pci.ts'
import { matching } from './candidates.ts'
import { belongsTo, goWith } from './groups.ts'
import type { ListedId } from './parameters.ts'
import { idOf, isDisplay, onHostDriver, useHidden } from './pci.ts'

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

/** What a list of ids is judged by. */
interface Lists {
  readonly functions: readonly PciFunction[]
  readonly lists: readonly ListedId[]
  /** Whether somebody asks about the function or gives it to a guest, by its address. */
  readonly wish: (fn: PciFunction) => boolean
  /** Whether somebody asks about devices at all. */
  readonly asked: boolean
}

/**
 * Of the functions that have a listed id, those that the host would miss. A lone display that is in use is the usual one
 * to give away, and late rather than taken by mistake; whoever asks about another device may not know that the list
 * takes the last picture, or the last keyboard, along with it.
 */
export function leftWithout(
  found: readonly PciFunction[],
  listed: ListedId,
  { functions, lists, wish, asked }: Lists,
): readonly PciFunction[] {
  const free = found.filter((fn) => onHostDriver(fn) === true && !wish(fn))
  const kept = free.filter((fn) => keptTwin(fn, functions, [listed]))
  if (kept.length > 0) return kept
  const wished = functions.filter(wish)
  const along = (fn: PciFunction): boolean => wished.some((one) => goWith(fn, one))
  const goes = (fn: PciFunction): boolean => along(fn) || lists.some((one) => matching([fn], one).length > 0)
  return free.filter(
    (fn) =>
      carriesHost(fn) ||
      (found.length > 1 && cardUsedFor(fn, functions) !== '') ||
      (asked && !along(fn) && lastSeat(fn, functions, goes)),
  )
}

/**
 * Whether nobody at this host had a picture, or a keyboard, once all is taken that `goes` names. A keyboard that is no PCI
 * device's (PS/2) is not seen.
 */
function lastSeat(fn: PciFunction, functions: readonly PciFunction[], goes: (one: PciFunction) => boolean): boolean {
  const others = functions.filter((one) => one !== fn && !goes(one))
  return seatsOf(fn).some((seat) => !others.some((one) => seatsOf(one).includes(seat) || mayBe(one, seat)))
}

type Seat = NonNullable<DeviceUse['seat']>

function seatsOf(fn: PciFunction): readonly Seat[] {
  return (valueOf(fn.uses) ?? []).flatMap((one) => one.seat ?? [])
}

/** Where it could not be read what the host uses a function for. */
function mayBe(fn: PciFunction, seat: Seat): boolean {
  const usb = (valueOf(fn.class) ?? 0) >> 8 === 0x0c03
  return useHidden(fn) !== undefined && (seat === 'picture' ? isDisplay(fn) : usb)
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
