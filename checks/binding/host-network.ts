import { defineCheck, missingFrom, type AnyCheck, type Hit, type Judgement } from '../../src/model/check.ts'
import { valueOf, type Unknown } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { describe, inUse, onHostDriver, onVfio, sysfs } from '../../src/rules/pci.ts'

type Code = 'host-only-network'

export const check: AnyCheck = defineCheck({
  id: 'host-network',
  area: 'binding',
  title: 'The host keeps a network card of its own',
  needs: ['pci'],
  uses: ['environment', 'kernel', 'cpu'],
  problems: {
    'host-only-network': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: 'This host has no network card besides {address}',
      summary:
        'The host uses no network through {what} now. With it on vfio-pci the host cannot be reached over any network either, unless a guest hands one on to it. See first that you can log in at a screen or over a serial line.',
      proof:
        'A whole list of PCI functions of a PC, on one of which alone a network card or interface is found, and that one is to be passed through and carries nothing now.',
      ruledOut:
        'A second network card, in whatever slot or on USB, a virtual function beside it, or a list that is not whole. What carries a route now is told as device-in-use.',
      remedy: [
        {
          do: 'advise',
          say: 'Put a second network card in, if only one on USB, or check that you can log in at the host itself, and keep a boot entry that does not bind the card.',
          first: true,
        },
      ],
      sources: ['PCI Code and ID Assignment Specification: class 02', 'Documentation/ABI/testing/sysfs-class-net'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const cards = pci.functions.filter(isNetwork)
    const wanted = cards.filter((fn) => scope.candidates.has(fn.address))
    const [fn] = wanted
    if (fn === undefined) return { kind: 'skip', because: 'no network card is to be passed through' }
    if (!pci.complete) return { kind: 'skip', because: 'not every device is shown, so another card may be there' }
    const other = cards.find((one) => !scope.candidates.has(one.address))
    if (other !== undefined) {
      const saw = `${describe(other)}: another network card`
      return { kind: 'pass', evidence: [{ source: sysfs(other.address, 'class'), saw }] }
    }
    // Once one of them is bound, its owner knows.
    const bound = wanted.find((one) => onVfio(one) === true || valueOf(one.driver) === 'pci-stub')
    if (bound !== undefined) {
      const saw = `${valueOf(bound.driver) ?? 'a VFIO driver'}: the host does without it now`
      return { kind: 'pass', evidence: [{ source: sysfs(bound.address, 'driver'), saw }] }
    }
    if (wanted.some(inUse)) return { kind: 'skip', because: 'the host uses it now, which is told of the device itself' }
    const unread = pci.functions.find((one) => one.class.state === 'unknown')
    if (unread?.class.state === 'unknown') return untold(`what kind of device ${unread.address} is`, unread.class)
    // Interfaces hang on USB controllers as well, and what could not be read may be one.
    for (const { address, uses } of pci.functions.filter((one) => wanted.includes(one) || mayHoldOne(one)))
      if (uses.state === 'unknown') return untold(`whether a network interface stands on ${address}`, uses)
    if (foreign(facts) !== undefined)
      return { kind: 'skip', because: 'the network card of such a board need not be a PCI device' }
    const { environment } = facts
    if (environment.state === 'unknown') return untold('whether this is a virtual machine', environment)
    // Those of Hyper-V and Xen, and virtio-mmio, are none of PCI.
    if (environment.value.hypervisor !== null || environment.value.wsl)
      return { kind: 'skip', because: 'the network card of a virtual machine need not be a PCI device' }
    const saw = `${wanted.length} with a network card or interface, all to be passed through`
    const hit: Hit<Code> = {
      code: 'host-only-network',
      subject: { kind: 'device', address: fn.address },
      values: { address: wanted.map((each) => each.address).join(' and '), what: describe(fn) },
      evidence: [
        { source: sysfs(fn.address, 'class'), saw: describe(fn) },
        { source: facts.pci.source, saw },
      ],
    }
    return { kind: 'hits', hits: [hit] }
  },
})

/** Class 02 (PCI Code and ID Assignment), wireless ones among it, with or without a driver; or an interface stands on it. */
function isNetwork(fn: PciFunction): boolean {
  return (valueOf(fn.class) ?? 0) >> 16 === 0x02 || (valueOf(fn.uses) ?? []).some((one) => one.kind === 'network')
}

/** Storage, display, multimedia, memory and bridges (base classes 01 and 03 to 06) carry none. */
function mayHoldOne(fn: PciFunction): boolean {
  const base = (valueOf(fn.class) ?? 0) >> 16
  return onHostDriver(fn) !== false && base !== 0x01 && (base < 0x03 || base > 0x06)
}

/** A post hardly ever shows it, and is not asked for it. */
function untold(what: string, fact: Unknown): Judgement<Code> {
  return fact.reason === 'not-in-paste'
    ? { kind: 'skip', because: 'what is shown does not tell which network cards the host has' }
    : { kind: 'unknown', missing: [missingFrom(what, fact)] }
}
