import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import { unknown, valueOf } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { WrittenAddress } from '../../src/model/modules.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { moduleState } from '../../src/rules/modules.ts'
import { describe } from '../../src/rules/pci.ts'
import { standingOf } from '../../src/rules/written-address.ts'

type Code =
  | 'install-names-absent-device'
  | 'install-names-host-device'
  | 'udev-names-absent-device'
  | 'udev-names-host-device'

const OVERRIDE = 'Documentation/ABI/testing/sysfs-bus-pci: driver_override'

export const check: AnyCheck = defineCheck({
  id: 'written-addresses',
  area: 'binding',
  title: 'Addresses that are written for vfio-pci are not those of devices that the host uses',
  needs: ['pci'],
  uses: ['installAddresses', 'udevRules', 'modules'],
  problems: {
    'install-names-absent-device': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{place} keeps {address} for vfio-pci, and no device is there',
      summary:
        'Addresses change when a card or a setting of the firmware changes. The line does nothing now, or meets another device after the next change.',
      proof:
        'An install line for vfio-pci that names an address, or a script of it that hands one over, and a whole list of PCI functions without it.',
      ruledOut: 'A function at that address, or a card that can make a virtual function there.',
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'advise', say: 'Put the present address of the device in, in {place}, and rebuild the initramfs.' },
      ],
      sources: ['modprobe.d(5): install', OVERRIDE],
    },
    'install-names-host-device': {
      severity: 'warn',
      family: 'id-collision',
      title: '{place} keeps {address} for vfio-pci, and this host uses what is there: {use}',
      summary:
        'An address means another device once a card or a setting of the firmware changed. {what} has this one now. Where vfio-pci is loaded before the driver of the host, the line takes the device from the host, which may come up without it.',
      proof:
        'An install line for vfio-pci that names an address, or a script of it that hands one over, and a function there that holds what the host uses.',
      ruledOut:
        'A function there that is on a VFIO driver already, holds nothing of the host, or is the one that was asked about or given to a guest; a vfio-pci that is built in, for which no install line is read.',
      strikes: 'at-restart',
      remedy: [
        { do: 'show', what: 'lspci' },
        {
          do: 'advise',
          say: 'Take {address} out of the line, or put the present address of the device for the guest in, in {place}. Rebuild the initramfs before the next restart.',
        },
      ],
      sources: ['modprobe.d(5): install', OVERRIDE],
    },
    'udev-names-absent-device': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'The udev rule at {place} keeps {address} for vfio-pci, and no device is there',
      summary:
        'Addresses change when a card or a setting of the firmware changes. Unless the device is one that is plugged in later, the rule does nothing now, and may meet another device after the next change.',
      proof: 'A rule in /etc/udev/rules.d that hands that address over, and a whole list of PCI functions without it.',
      ruledOut:
        'A function at that address, a card that can make a virtual function there, or a later rule that takes it back.',
      remedy: [
        { do: 'show', what: 'lspci' },
        {
          do: 'advise',
          say: 'Put the present address of the device in, in {place}, and have udev read its rules again: udevadm control --reload.',
        },
      ],
      sources: ['udev(7): KERNEL, ATTR, RUN', OVERRIDE],
    },
    'udev-names-host-device': {
      severity: 'warn',
      family: 'id-collision',
      title: 'The udev rule at {place} keeps {address} for vfio-pci, and this host uses what is there: {use}',
      summary:
        'An address means another device once a card or a setting of the firmware changed. {what} has this one now. At the next start the rule takes it from the host if udev comes before the driver of the host, or if the rule lets that driver go; then the host may come up without it.',
      proof:
        'A rule in /etc/udev/rules.d that hands that address over, and a function there that holds what the host uses.',
      ruledOut:
        'A function there that is on a VFIO driver already, holds nothing of the host, or is the one that was asked about or given to a guest; a rule for a vendor and device that are not those of the function.',
      strikes: 'at-restart',
      remedy: [
        { do: 'show', what: 'lspci' },
        {
          do: 'advise',
          say: 'Take {address} out of the rule, or put the present address of the device for the guest in, in {place}. Do it before the next restart, and rebuild the initramfs if that holds a copy of the rule.',
        },
      ],
      sources: ['udev(7): KERNEL, ATTR, RUN', OVERRIDE],
    },
  },
  judge(facts, scope) {
    const hits: Hit<Code>[] = []
    const found: Evidence[] = []
    const missing: Missing[] = []
    const consider = (one: WrittenAddress, by: 'install' | 'udev'): void => {
      const { address, text: saw } = one
      const place = `${one.path}:${one.line}`
      const standing = standingOf(address, facts.pci, scope)
      if (standing.kind === 'untold') {
        const settle = [{ do: 'show', what: 'lspci' }] as const
        const part = { what: standing.what, reason: 'incomplete', source: facts.pci.source, settle } as const
        missing.push(standing.because === null ? part : missingFrom(standing.what, standing.because))
        return
      }
      const meant = standing.kind === 'host' ? isMeant(one, standing.fn) : true
      if (standing.kind === 'fits' || meant === false) {
        found.push({ source: place, saw: address })
      } else if (!one.sure || meant === undefined) {
        const depends = unknown('not-collected', place, 'that depends on a condition, and nothing is run to find out')
        missing.push(missingFrom(`whether ${address} is handed to vfio-pci`, depends))
      } else if (standing.kind === 'absent') {
        const evidence = [
          { source: place, saw },
          { source: facts.pci.source, saw: `no ${address}` },
        ] as const
        const code = `${by}-names-absent-device` as const
        hits.push({ code, subject: { kind: 'host' }, values: { address, place }, evidence })
      } else {
        const { fn, use } = standing
        hits.push({
          code: `${by}-names-host-device`,
          subject: { kind: 'device', address },
          values: { address, place, use, what: describe(fn) },
          evidence: [
            { source: place, saw },
            { source: fn.uses.source, saw: use },
          ],
        })
      }
    }
    for (const [by, fact, what] of sourcesIn(facts)) {
      if (fact.state === 'unknown') missing.push(missingFrom(what, fact))
      else for (const one of fact.value) consider(one, by)
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [gap, ...gaps] = missing
    if (gap !== undefined) return { kind: 'unknown', missing: [gap, ...gaps] }
    const [seen, ...others] = found
    if (seen !== undefined) return { kind: 'pass', evidence: [seen, ...others] }
    return { kind: 'skip', because: 'no install line for vfio-pci and no rule of udev names an address for it' }
  },
})

type Source = readonly ['install' | 'udev', Facts['udevRules'], string]

/** What is built into the kernel is loaded by nobody, and its install line is not looked at (libkmod: module_is_inkernel). */
function sourcesIn(facts: Pick<Facts, 'installAddresses' | 'udevRules' | 'modules'>): readonly Source[] {
  const udev = ['udev', facts.udevRules, 'the rules of udev'] as const
  if (moduleState(facts, 'vfio_pci') === 'builtin') return [udev]
  return [['install', facts.installAddresses, 'what the install line for vfio-pci runs'], udev]
}

/** Whether it is the device that a rule is for; undefined where its ids are not known. */
function isMeant({ vendor, device }: WrittenAddress, fn: PciFunction): boolean | undefined {
  const fits = [
    [vendor, valueOf(fn.vendorId)],
    [device, valueOf(fn.deviceId)],
  ].map(([wanted, is]) => (wanted === undefined ? true : is === undefined ? undefined : wanted === is))
  return fits.includes(false) ? false : fits.includes(undefined) ? undefined : true
}
