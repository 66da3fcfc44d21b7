import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Needed, Scope, Used } from '../../src/model/machine.ts'
import type { PciFunction, PciList } from '../../src/model/pci.ts'
import { addressInPlaceOf, isInForce, takeOut, type IdLists } from '../../src/rules/address-in-place-of-id.ts'
import { matching } from '../../src/rules/candidates.ts'
import { goWith } from '../../src/rules/groups.ts'
import { idsForVfio, useUntold } from '../../src/rules/lists-of-ids.ts'
import { cardUsedFor, leftWithout } from '../../src/rules/needed-by-host.ts'
import type { ListedId } from '../../src/rules/parameters.ts'
import { describe, idOf, isBridge, isDisplay, isVfioDriver, onHostDriver, onVfio, sysfs } from '../../src/rules/pci.ts'
import { mayMake } from '../../src/rules/virtual-functions.ts'

type Code = 'ids-match-none-shown' | 'ids-match-nothing' | 'ids-take-host-device' | 'ids-match-twins' | 'ids-took-twin'

const TAKES = 'ids-take-host-device'

const SOURCES = [
  'drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids',
  'Documentation/ABI/testing/sysfs-bus-pci: driver_override',
] as const

export const check: AnyCheck = defineCheck({
  id: 'vfio-ids',
  area: 'binding',
  title: 'Each id listed for vfio-pci names the devices that are meant, and no others',
  needs: ['pci'],
  uses: ['commandLine', 'modprobe', 'guests', 'boot', 'cpu'],
  problems: {
    'ids-take-host-device': {
      severity: 'warn',
      family: 'id-collision',
      title: 'The id {id}, listed for vfio-pci, is that of {address}, which this host uses: {use}',
      summary:
        'An id names every device that has it, and {address} ({what}) has it. Whichever driver is first at boot gets it: the host may come up without {use}. Take the id out of the list and name the device that is meant by its address.',
      proof:
        'The id in the ids of vfio-pci, as given or as written for the boot loader, and a function with it that holds something which the host uses now.',
      ruledOut: 'No function with that id in use by the host, but one that was asked about or that a guest is given.',
      strikes: 'at-restart',
      explains: ['device-in-use'],
      remedy: [
        { do: 'bind-at-boot', addresses: '{meant}', ids: '' },
        { do: 'advise', say: 'Take {id} out of {place}, so that only the address decides.' },
      ],
      sources: SOURCES,
    },
    'ids-match-twins': {
      severity: 'warn',
      family: 'id-collision',
      title: 'The id {id} is that of {count} devices, and they are on different drivers',
      summary:
        'ids cannot tell {members} apart. vfio-pci has some of them and a host driver the others, which hangs on the order of that boot and may be another after the next. Name the device that is meant by its address.',
      proof: 'One listed id, several functions with it, of which one is on a VFIO driver and one on a host driver.',
      ruledOut: 'One function with that id, or all of them on the same side.',
      remedy: [
        { do: 'bind-at-boot', addresses: '{meant}', ids: '' },
        { do: 'advise', say: 'Take {id} out of {place}, so that only the address decides.' },
      ],
      sources: SOURCES,
    },
    'ids-took-twin': {
      severity: 'info',
      family: 'id-collision',
      title: 'vfio-pci has {address} because it has the same id as {meant}',
      summary:
        'The id {id} names both, so the host has not got {address} ({what}) either, and no guest was found that is given it. If a guest is to have it too, all is well. If the host is to have it, name {meant} by its address in place of the id.',
      proof:
        'One listed id, two functions with it on a VFIO driver, one of which is asked about or named by a guest definition, and nothing that reserves the other or ties the two together (driver_override, slot, IOMMU group).',
      ruledOut: 'A guest for each of them, both asked about, or one function with that id.',
      remedy: [
        { do: 'bind-at-boot', addresses: '{meant}', ids: '' },
        { do: 'advise', say: 'Take {id} out of {place}, so that only the address decides.' },
        { do: 'return-to-host', addresses: '{address}' },
      ],
      sources: SOURCES,
    },
    'ids-match-none-shown': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'None of the devices that are shown has the id {id}, which is listed for vfio-pci',
      summary:
        'Shown is {address} of the same maker, with the id {own}, on {driver}. If that is the one to give away, the list has the id of another card: the former one, or a slip of the pen.',
      proof:
        'The listed id, and a display of the same maker with another id on a host driver, in a list that is not whole.',
      ruledOut: 'A function with that id.',
      explains: ['shown-device-on-host-driver'],
      remedy: [
        { do: 'advise', say: 'Put {own} and the ids of the other functions of that card in its place, in {place}.' },
      ],
      sources: SOURCES,
    },
    'ids-match-nothing': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'No device of this host has the id {id}, which is listed for vfio-pci',
      summary:
        'The entry {text} takes nothing: a digit is wrong, or the card was replaced or pulled out. vfio-pci says nothing of it.',
      proof: 'The id in the ids of vfio-pci, and a whole list of PCI functions without it.',
      ruledOut: 'A function with that id, or a list that is not whole.',
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'advise', say: 'Put the id of the device that is meant in its place, in {place}.' },
      ],
      sources: SOURCES,
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const hits: Hit<Code>[] = []
    const { listed, written } = idsForVfio(facts)
    const lists = [...listed, ...written]
    for (const one of listed) hits.push(...judgeId(one, lists, facts, scope))
    // The steps that carry these to the kernel would carry the harm, too.
    for (const one of written) hits.push(...judgeId(one, lists, facts, scope).filter(({ code }) => code === TAKES))
    if (!pci.complete) hits.push(...noneShown(listed, pci))
    const missing = lists.flatMap((one) => useUntold(matching(pci.functions, one), scope))
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [gap, ...gaps] = missing
    if (gap !== undefined) return { kind: 'unknown', missing: [gap, ...gaps] }
    const [any] = listed
    if (any === undefined) return { kind: 'skip', because: 'no id is listed for vfio-pci' }
    if (!pci.complete) return { kind: 'skip', because: 'not every device is shown, so the ids cannot be compared' }
    const [now, later] = [true, false].map((there) =>
      listed.filter((one) => matching(pci.functions, one).length > 0 === there).map((one) => one.text),
    )
    const names = now?.length === 0 ? [] : [`each of ${now?.join(', ')} names devices, and none that the host uses`]
    const waits = later?.length === 0 ? [] : [`virtual functions that can be made have ${later?.join(', ')}`]
    const saw = [...names, ...waits].join('; ')
    return { kind: 'pass', evidence: [{ source: any.source, saw }] }
  },
})

function judgeId(
  listed: ListedId,
  lists: readonly ListedId[],
  facts: Needed<'pci'> & Used<'guests'> & IdLists,
  scope: Scope,
): readonly Hit<Code>[] {
  const pci = facts.pci.value
  // A bridge with that id is told by another check.
  const all = matching(pci.functions, listed)
  const found = all.filter((fn) => isBridge(fn) !== true)
  const entry: Evidence = { source: listed.source, saw: `ids lists ${listed.text}` }
  const base = { id: listed.id, text: listed.text, place: listed.source, count: String(found.length) }
  if (all.length === 0) {
    if (!pci.complete || pci.functions.some((fn) => mayMake(fn, listed.id))) return []
    const working = pci.functions.some((fn) => onVfio(fn) === true)
    const evidence: NonEmpty<Evidence> = [entry, { source: facts.pci.source, saw: `no function with ${listed.id}` }]
    const hit: Hit<Code> = { code: 'ids-match-nothing', subject: { kind: 'host' }, values: base, evidence }
    // Where vfio-pci has a device, it is a leftover of another card more likely than a slip.
    return [working ? { ...hit, severity: 'info' } : hit]
  }
  const named = new Set(
    (valueOf(facts.guests) ?? []).flatMap((guest) => guest.hostDevices.map((device) => device.address)),
  )
  const wish = (fn: PciFunction): boolean => named.has(fn.address) || scope.asked.includes(fn.address)
  const wanted = found.filter(wish)
  const used = leftWithout(found, listed, { functions: pci.functions, lists, wish, asked: scope.asked.length > 0 })
  if (used.length > 0) {
    const useOf = (fn: PciFunction): string => cardUsedFor(fn, pci.functions)
    const meant = found.filter((fn) => !used.includes(fn))
    // One finding is enough for somebody who asked about their twin.
    return used.slice(0, askedOf(found, scope) === undefined ? used.length : 1).map((fn) => ({
      code: TAKES,
      subject: { kind: 'device', address: askedOf(found, scope) ?? fn.address },
      values: { ...base, address: fn.address, what: describe(fn), use: useOf(fn), meant: addresses(meant) },
      evidence: [entry, driverOf(fn), { source: fn.uses.source, saw: useOf(fn) }],
      // Nothing is bound for somebody who asks about another device.
      remedy:
        meant.length > 0 && (scope.asked.length === 0 || wanted.length > 0) && isInForce(listed, facts)
          ? addressInPlaceOf(addresses(meant), listed, facts)
          : [takeOut(fn, meant, listed, facts)],
    }))
  }
  const bound = found.filter((fn) => onVfio(fn) === true)
  const hosted = found.filter((fn) => onHostDriver(fn) === true)
  if (bound.length > 0 && hosted.length > 0) {
    const meant = wanted.length > 0 ? wanted : bound
    const [about] = hosted
    if (about === undefined) return []
    return [
      {
        code: 'ids-match-twins',
        subject: { kind: 'device', address: askedOf(found, scope) ?? about.address },
        values: { ...base, meant: addresses(meant), members: addresses(found).replaceAll(' ', ', ') },
        remedy: addressInPlaceOf(addresses(meant), listed, facts),
        evidence: [entry, ...bound.slice(0, 2).map(driverOf), ...hosted.slice(0, 2).map(driverOf)],
      },
    ]
  }
  if (wanted.length === 0) return []
  const extra = bound.filter((fn) => !wanted.includes(fn) && !reserved(fn) && !wanted.some((one) => goWith(fn, one)))
  return extra.map((fn) => ({
    code: 'ids-took-twin',
    subject: { kind: 'device', address: askedOf(found, scope) ?? fn.address },
    values: { ...base, address: fn.address, what: describe(fn), meant: addresses(wanted) },
    remedy: [...addressInPlaceOf(addresses(wanted), listed, facts), { do: 'return-to-host', addresses: fn.address }],
    evidence: [entry, driverOf(fn)],
  }))
}

/** A post that shows a card of the same maker, and nothing with any id that is listed. */
function noneShown(all: readonly ListedId[], pci: PciList): readonly Hit<Code>[] {
  const [listed] = all
  const bound = pci.functions.some((fn) => onVfio(fn) === true)
  if (listed === undefined || bound || all.some((one) => matching(pci.functions, one).length > 0)) return []
  const maker = listed.id.slice(0, listed.id.indexOf(':'))
  const card = pci.functions.find((fn) => isDisplay(fn) && onHostDriver(fn) === true && valueOf(fn.vendorId) === maker)
  const own = card === undefined ? null : idOf(card)
  if (card === undefined || own === null) return []
  const { address } = card
  const values = { id: listed.id, place: listed.source, address, own, driver: valueOf(card.driver) ?? '' }
  const evidence = [{ source: listed.source, saw: `ids lists ${listed.text}` }, driverOf(card)] as const
  return [{ code: 'ids-match-none-shown', subject: { kind: 'device', address }, values, evidence }]
}

/** The one that the reader asked about: a finding about its twin alone would not be shown to him. */
function askedOf(found: readonly PciFunction[], scope: Scope): string | undefined {
  return found.find((fn) => scope.asked.includes(fn.address))?.address
}

/** Somebody named it by its address. */
function reserved(fn: PciFunction): boolean {
  const override = valueOf(fn.driverOverride)
  return typeof override === 'string' && isVfioDriver(override)
}

function addresses(list: readonly PciFunction[]): string {
  return list.map((fn) => fn.address).join(' ')
}

function driverOf(fn: PciFunction): Evidence {
  return { source: sysfs(fn.address, 'driver'), saw: valueOf(fn.driver) ?? 'no such link' }
}
