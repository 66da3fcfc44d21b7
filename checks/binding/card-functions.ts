import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { sameSlot } from '../../src/rules/address.ts'
import { isHeldUsbC } from '../../src/rules/groups.ts'
import { describe, findFunction, idOf, isBridge, isDisplay, onHostDriver, onVfio, sysfs } from '../../src/rules/pci.ts'

type Code = 'card-partly-bound' | 'card-usb-c-driver' | 'card-graphics-kept'

export const check: AnyCheck = defineCheck({
  id: 'card-functions',
  area: 'binding',
  title: 'The functions of a card go to vfio-pci together',
  needs: ['pci'],
  uses: [],
  problems: {
    'card-partly-bound': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{address} is on {driver}, and {others} of the same card on host drivers',
      summary:
        'A graphics card is one device with several functions: graphics, sound, sometimes USB. A guest driver may want all of them, and a reset of the card reaches all of them; the group or the bus decides whether they have to go along.',
      proof: 'Functions of one slot, the graphics function on a VFIO driver and another on a host driver.',
      ruledOut: 'All of them on VFIO drivers, or on none.',
      remedy: [{ do: 'bind-now', addresses: '{addresses}' }],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_dev_set_needs_reset', 'Documentation/driver-api/vfio.rst'],
    },
    'card-graphics-kept': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{driver} has the graphics function {address}, while {others} of the same card is on vfio-pci',
      summary:
        'A guest wants the graphics function, and that is the one that the host still has. Its driver was there before vfio-pci, most often in the initramfs, or its id is not among those listed for vfio-pci.',
      proof: 'Functions of one slot, the graphics function on a host driver and another on a VFIO driver.',
      ruledOut:
        'The graphics function on a VFIO driver, or a twin of the other function elsewhere that vfio-pci is to have.',
      remedy: [{ do: 'bind-at-boot', addresses: '{addresses}', ids: '' }],
      sources: ['drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids', 'drivers/base/dd.c: __driver_attach'],
    },
    'card-usb-c-driver': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{others}, the USB-C controller of the card {address}, is on {driver}',
      summary:
        'Hosts have been reported to hang when such a card was taken from them while this driver had its USB-C function. Have the function on vfio-pci, or on no driver, before the graphics function goes.',
      proof: 'A serial bus function (class 0c80) of the card on the driver nvidia-gpu.',
      ruledOut: 'That function on a VFIO driver or on none.',
      remedy: [{ do: 'bind-at-boot', addresses: '{addresses}', ids: '' }],
      sources: ['drivers/i2c/busses/i2c-nvidia-gpu.c', 'drivers/usb/typec/ucsi/ucsi_ccg.c'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const cards = [...scope.candidates.keys()].flatMap((address) => {
      const fn = findFunction(pci, address)
      return fn !== undefined && isDisplay(fn) ? [fn] : []
    })
    const hits = [
      ...cards.flatMap((fn) => judgeCard(fn, pci.functions)),
      ...pci.functions.flatMap((fn) => keptGraphics(fn, pci.functions)),
    ]
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const [card] = cards
    if (card === undefined) return { kind: 'skip', because: 'no graphics card is to be passed through' }
    return {
      kind: 'pass',
      evidence: [{ source: sysfs(card.address, 'driver'), saw: 'no function of its card differs' }],
    }
  },
})

function judgeCard(fn: PciFunction, all: readonly PciFunction[]): readonly Hit<Code>[] {
  const rest = all.filter((one) => one !== fn && ofCard(one, fn) && isBridge(one) === false)
  const held = rest.filter((one) => onHostDriver(one) === true)
  const usb = held.filter(isHeldUsbC)
  const group = valueOf(fn.group)
  // In one group the whole cannot be used at all, which another check says.
  const together = (one: PciFunction): boolean => typeof group === 'number' && valueOf(one.group) === group
  const apart = held.filter((one) => !usb.includes(one) && !together(one))
  const hit = (code: Code, others: readonly PciFunction[], driver: string): Hit<Code> => {
    const names = others.map((one) => `${one.address} (${describe(one)})`).join(', ')
    const addresses = [fn, ...others].map((one) => one.address).join(' ')
    const evidence: NonEmpty<Evidence> = [driverOf(fn), ...others.map(driverOf)]
    const values = { address: fn.address, others: names, addresses, driver }
    return { code, subject: { kind: 'device', address: fn.address }, values, evidence }
  }
  return [
    ...(usb.length > 0 ? [hit('card-usb-c-driver', usb, 'nvidia-gpu')] : []),
    ...(apart.length > 0 && onVfio(fn) === true ? [hit('card-partly-bound', apart, valueOf(fn.driver) ?? 'vfio')] : []),
  ]
}

/**
 * All functions of a card are of one maker. AMD's processors show their graphics (1002) in one slot with USB controllers,
 * a coprocessor and sound of their own (1022), which have nothing to do with it; and the virtual functions of graphics
 * (Intel) are there for guests while the host has the physical one.
 */
function ofCard(one: PciFunction, fn: PciFunction): boolean {
  const [own, other] = [makerOf(one), makerOf(fn)]
  const virtual = [one, fn].some((each) => typeof valueOf(each.physicalFunction) === 'string')
  const alike = own === undefined || other === undefined || own === other
  return sameSlot(one.address, fn.address) && alike && !virtual && !(isDisplay(one) && isDisplay(fn))
}

const AMD = 'Advanced Micro Devices, Inc.'

/** Where a listing shows no ids, AMD's two are told apart by their names in pci.ids. */
function makerOf(fn: PciFunction): string | undefined {
  const name = valueOf(fn.name) ?? ''
  const named = name.startsWith(`${AMD} [AMD]`) ? '1022' : name.startsWith(`${AMD} [AMD/ATI]`) ? '1002' : undefined
  return valueOf(fn.vendorId) ?? named
}

/**
 * The graphics of a card that vfio-pci has in part. Cards of different models share the id of their sound function: of
 * two of which a guest has one, the ids of vfio-pci take the sound of the other too, and its graphics is to stay.
 */
function keptGraphics(fn: PciFunction, all: readonly PciFunction[]): readonly Hit<Code>[] {
  if (!isDisplay(fn) || onHostDriver(fn) !== true) return []
  const taken = all.filter((one) => one !== fn && ofCard(one, fn) && onVfio(one) === true)
  const [first] = taken
  if (first === undefined || taken.some((one) => all.some((other) => isTwin(one, other)))) return []
  const others = taken.map((one) => `${one.address} (${describe(one)})`).join(', ')
  const addresses = [fn, ...taken].map((one) => one.address).join(' ')
  const values = { address: fn.address, others, addresses, driver: valueOf(fn.driver) ?? '' }
  const evidence: NonEmpty<Evidence> = [driverOf(fn), driverOf(first)]
  return [{ code: 'card-graphics-kept', subject: { kind: 'device', address: fn.address }, values, evidence }]
}

function isTwin(one: PciFunction, other: PciFunction): boolean {
  const [id, name] = [idOf(one), valueOf(one.name)]
  if (one === other || sameSlot(one.address, other.address)) return false
  return id === null ? name !== undefined && name === valueOf(other.name) : id === idOf(other)
}

function driverOf(fn: PciFunction): Evidence {
  return { source: sysfs(fn.address, 'driver'), saw: valueOf(fn.driver) ?? 'no such link' }
}
