import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf, type Fact } from '../../src/model/fact.ts'
import type { Used } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { sameSlot } from '../../src/rules/address.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { idsFor, wishedFor } from '../../src/rules/boot-binding.ts'
import { listedIds, matching } from '../../src/rules/candidates.ts'
import { keptTwin } from '../../src/rules/needed-by-host.ts'
import { describe, hasPicture, onVfio, sysfs } from '../../src/rules/pci.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code = 'host-only-display' | 'ids-took-every-display'

export const check: AnyCheck = defineCheck({
  id: 'host-display',
  area: 'binding',
  title: 'The host keeps a display of its own',
  needs: ['pci'],
  uses: ['commandLine', 'modprobe', 'guests', 'kernel', 'cpu', 'environment'],
  problems: {
    'host-only-display': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'This host has no graphics device besides {address}',
      summary:
        'With {what} on vfio-pci the host has no screen: neither its console nor a desktop, and nothing to read a fault from. That works where the host is reached over the network or a serial line. Try that way in before you bind it.',
      proof:
        'A whole list of PCI functions of a PC with one display (class 03, but 0302), and that one is to be passed through.',
      ruledOut: 'A second display controller, a twin that the host needs more, or a list that is not whole.',
      remedy: [
        {
          do: 'advise',
          say: 'Check that you can log in over ssh from another machine, and keep a boot entry that does not bind the card.',
          first: true,
        },
      ],
      sources: ['PCI Code and ID Assignment Specification: class 03', 'drivers/pci/vgaarb.c'],
    },
    'ids-took-every-display': {
      severity: 'warn',
      family: 'id-collision',
      title: 'vfio-pci has every graphics card that is shown, for {id} is the id of {members}',
      summary:
        'ids cannot tell cards of one model apart, so vfio-pci took them all, and the host has no picture of its own. If one of them is for the host, reserve the other by its address and take the id out of {place}. If guests are to have them all, all is well.',
      proof: 'One listed id, two or more cards with it on a VFIO driver, and no display elsewhere.',
      ruledOut: 'A display on a host driver, or a guest definition for each of them.',
      remedy: [
        {
          do: 'advise',
          say: 'Take {id} out of {place}, and set driver_override for the one card that the guest is to have, by its address (driverctl set-override, or a rule of udev).',
        },
      ],
      sources: [
        'drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids',
        'Documentation/ABI/testing/sysfs-bus-pci: driver_override',
      ],
    },
  },
  judge(facts, scope) {
    if (inDom0(facts)) return { kind: 'skip', because: DOM0_SKIP }
    const pci = facts.pci.value
    const displays = pci.functions.filter(hasPicture)
    const taken = tookAll(displays, facts, scope.asked)
    // A whole list is that of a host that runs, perhaps without a picture on purpose, as do those with many cards.
    const meant = pci.complete || displays.length > 2
    if (taken !== undefined) return { kind: 'hits', hits: [meant ? { ...taken, severity: 'info' } : taken] }
    // An id names both twins, and the host keeps the one that it needs more (vfio-ids tells of it).
    const stays = (fn: PciFunction): boolean => keptTwin(fn, pci.functions, idsFor(fn, facts))
    const wanted = displays.filter((fn) => {
      const reason = scope.candidates.get(fn.address)
      return reason !== undefined && (wishedFor(reason) || !stays(fn))
    })
    const [fn] = wanted
    if (fn === undefined) return { kind: 'skip', because: 'no display is to be passed through' }
    if (!pci.complete) return { kind: 'skip', because: 'not every device is shown, so another display may be there' }
    const unread = pci.functions.some((one) => one.class.state === 'unknown')
    if (unread) return { kind: 'skip', because: 'the class of some device could not be read' }
    if (displays.length > wanted.length) {
      const other = displays.find((one) => !wanted.includes(one))
      const address = other?.address ?? ''
      return { kind: 'pass', evidence: [{ source: sysfs(address, 'class'), saw: `${address} is another display` }] }
    }
    // Once one of them is bound, its owner knows.
    const bound = wanted.find((one) => onVfio(one) === true || valueOf(one.driver) === 'pci-stub')
    if (bound !== undefined) {
      const saw = `${valueOf(bound.driver) ?? 'a VFIO driver'}: the host does without it now`
      return { kind: 'pass', evidence: [{ source: sysfs(bound.address, 'driver'), saw }] }
    }
    if (foreign(facts) !== undefined)
      return { kind: 'skip', because: 'the display of such a board need not be a PCI device' }
    // Several displays, all given away, leave the host as dark as one.
    return {
      kind: 'hits',
      hits: [
        {
          code: 'host-only-display',
          subject: { kind: 'device', address: fn.address },
          values: { address: wanted.map((each) => each.address).join(' and '), what: describe(fn) },
          evidence: [
            { source: sysfs(fn.address, 'class'), saw: describe(fn) },
            { source: facts.pci.source, saw: `${displays.length} of class 03, all to be passed through` },
          ],
        },
      ],
    }
  },
})

/** Of two cards of one model, one for the host, the ids take both; who named one of them knows which is which. */
function tookAll(
  displays: readonly PciFunction[],
  facts: Used<'commandLine' | 'modprobe' | 'guests'>,
  asked: readonly string[],
): Hit<Code> | undefined {
  const [first, ...others] = displays
  if (first === undefined || others.every((one) => sameSlot(one.address, first.address))) return undefined
  const guests = (valueOf(facts.guests) ?? []).flatMap((guest) => guest.hostDevices.map((device) => device.address))
  const named = (fn: PciFunction): boolean => guests.includes(fn.address) || asked.includes(fn.address)
  if (displays.some((fn) => onVfio(fn) !== true || named(fn) || isKept(fn.driverOverride))) return undefined
  const listed = listedIds(facts).find((one) => matching(displays, one).length === displays.length)
  if (listed === undefined) return undefined
  const members = displays.map((fn) => fn.address).join(' and ')
  return {
    code: 'ids-took-every-display',
    subject: { kind: 'device', address: first.address },
    values: { id: listed.id, members, place: listed.source },
    confidence: 'possible',
    evidence: [
      { source: listed.source, saw: `ids lists ${listed.text}` },
      { source: sysfs(first.address, 'driver'), saw: `${valueOf(first.driver)}, as of ${members}` },
    ],
  }
}

function isKept(override: Fact<string | null>): boolean {
  return typeof valueOf(override) === 'string'
}
