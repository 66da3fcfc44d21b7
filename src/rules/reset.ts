import { valueOf } from '../model/fact.ts'
import type { Attempt } from '../model/guests.ts'
import type { MessageHit } from '../model/log.ts'
import type { PciFunction, PciList } from '../model/pci.ts'

/** Devices that hang in a function level reset (drivers/pci/quirks.c: quirk_no_flr); newer kernels leave `flr` out. */
const BAD_FLR: readonly string[] = [
  '1022:1487',
  '1022:148c',
  '1022:149c',
  '1022:7901',
  '1022:1502',
  '1022:17f0',
  '14c3:0616',
  '14c3:7925',
  '8086:1502',
  '8086:1503',
]

export function badFlr(id: string | null): boolean {
  return id !== null && BAD_FLR.includes(id)
}

/** First and last device id of each AMD chip that vendor-reset knows (its src/device-db.h): Polaris, Vega, Navi 1x. */
const VENDOR_RESET: readonly (readonly [number, number])[] = [
  [0x67c0, 0x67ff],
  [0x6980, 0x699f],
  [0x6fdf, 0x6fdf],
  [0x6860, 0x687f],
  [0x69a0, 0x69af],
  [0x66a0, 0x66af],
  [0x7310, 0x731f],
  [0x7340, 0x734f],
  [0x7360, 0x7362],
]

export function needsVendorReset(id: string | null): boolean {
  if (id === null || !id.startsWith('1002:')) return false
  const device = Number.parseInt(id.slice(5), 16)
  return VENDOR_RESET.some(([first, last]) => device >= first && device <= last)
}

/** The other functions with the same bus number: what a bus reset would reach too. */
export function othersOnBus(fn: PciFunction, pci: PciList): readonly PciFunction[] {
  const bus = fn.address.slice(0, fn.address.lastIndexOf(':'))
  return pci.functions.filter((one) => one !== fn && one.address.slice(0, one.address.lastIndexOf(':')) === bus)
}

/** Whether the kernel waited for a device to come out of D3cold and not out of a reset (pci_dev_wait in pci.c). */
export function afterResume(hit: MessageHit): boolean {
  return (hit.id === 'pci-not-ready' || hit.id === 'pci-not-ready-wait') && hit.values['method'] === 'resume'
}

export type ResetAnswer = 'reset-needs-siblings' | 'reset-failed' | 'reset-none'

/**
 * What the answer to a write to the reset attribute of a function proves (reset_store in drivers/pci/pci-sysfs.c). Where
 * only the bus can be reset and something else is on it, pci_parent_bus_reset in pci.c answers ENOTTY and does nothing.
 */
export function resetAnswer(
  attempt: Attempt,
  fn: PciFunction | undefined,
  pci: PciList | undefined,
): ResetAnswer | undefined {
  if (attempt.kind !== 'reset' || attempt.error === null) return undefined
  switch (attempt.error) {
    case 'Inappropriate ioctl for device': {
      const methods = fn === undefined ? undefined : valueOf(fn.resetMethods)
      const bus = methods?.length === 1 && methods[0] === 'bus'
      const shared = bus && fn !== undefined && pci !== undefined && othersOnBus(fn, pci).length > 0
      return shared ? 'reset-needs-siblings' : 'reset-failed'
    }
    case 'Connection timed out':
    case 'Input/output error':
      return 'reset-failed'
    case 'No such file or directory':
      // A wrong address has no such file either.
      return fn === undefined ? undefined : 'reset-none'
    default:
      return undefined
  }
}
