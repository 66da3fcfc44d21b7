import { defineCheck, missingFrom, type AnyCheck, type Hit, type Missing } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { carriesHost, usedFor } from '../../src/rules/needed-by-host.ts'
import { describe, findFunction, isBridge, isVfioDriver, onHostDriver, sysfs } from '../../src/rules/pci.ts'
import { mayBeVirtual } from '../../src/rules/written-address.ts'

type Code = 'kept-override-absent-device' | 'kept-override-bridge' | 'kept-override-takes-host-device'

export const check: AnyCheck = defineCheck({
  id: 'kept-overrides',
  area: 'binding',
  title: 'Overrides that driverctl keeps meet the devices they were made for',
  needs: ['keptOverrides', 'pci'],
  uses: ['guests'],
  problems: {
    'kept-override-absent-device': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'driverctl keeps {address} for {driver}, and no device is there',
      summary:
        'Addresses change when a card or a setting of the firmware changes. This override does nothing now, and takes whatever gets that address later.',
      proof: 'A file of driverctl with that address, and a whole list of PCI functions without it.',
      ruledOut: 'A function at that address.',
      remedy: [
        { do: 'clear-driver-override', address: '{address}', keptBy: 'driverctl' },
        { do: 'show', what: 'lspci' },
        {
          do: 'advise',
          say: 'If a guest is to get the device, have driverctl keep an override for its present address: `driverctl set-override ADDRESS vfio-pci`.',
        },
      ],
      sources: ['driverctl(8): set-override, unset-override'],
    },
    'kept-override-takes-host-device': {
      severity: 'warn',
      family: 'id-collision',
      title: 'driverctl keeps {address} for {driver}, and this host uses what is there: {use}',
      summary:
        'An address means another device once a card or a setting of the firmware changed. {what} has this one now, and at the next boot the override takes it from the host, which may come up without it.',
      proof:
        'A file of driverctl with that address and a VFIO driver, and a function there that holds what the host uses.',
      ruledOut:
        'A function there that is on a VFIO driver already, holds nothing of the host, or is the one that was asked about.',
      strikes: 'at-restart',
      remedy: [
        { do: 'clear-driver-override', address: '{address}', keptBy: 'driverctl' },
        { do: 'show', what: 'lspci' },
        {
          do: 'advise',
          say: 'If a guest is to get the device, have driverctl keep an override for its present address: `driverctl set-override ADDRESS vfio-pci`.',
        },
      ],
      sources: ['driverctl(8): set-override, unset-override'],
    },
    'kept-override-bridge': {
      severity: 'warn',
      family: 'bridge-in-group',
      title: 'driverctl keeps the bridge {address} for {driver}, which drives no bridges',
      summary:
        'VFIO drivers refuse a function with a bridge header, so this override leaves the bridge without any driver. The devices behind it are what can be given to a guest.',
      proof: 'A file of driverctl with that address and a VFIO driver, and a header type other than 0 there.',
      ruledOut: 'Header type 0.',
      remedy: [{ do: 'clear-driver-override', address: '{address}', keptBy: 'driverctl' }],
      sources: ['driverctl(8)', 'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device'],
    },
  },
  judge({ keptOverrides, pci, guests }, scope) {
    const meant = new Set((valueOf(guests) ?? []).flatMap((one) => one.hostDevices.map((device) => device.address)))
    const hits: Hit<Code>[] = []
    const missing: Missing[] = []
    for (const { path, address, driver } of keptOverrides.value) {
      const kept = { source: path, saw: driver }
      const fn = findFunction(pci.value, address)
      if (fn === undefined) {
        if (!pci.value.complete || mayBeVirtual(address, pci.value)) continue
        const evidence = [kept, { source: pci.source, saw: `no ${address}` }] as const
        const host = { kind: 'host' } as const
        hits.push({ code: 'kept-override-absent-device', subject: host, values: { address, driver }, evidence })
      } else if (isVfioDriver(driver) && isBridge(fn) === true) {
        const values = { address, driver }
        const evidence = [kept, { source: sysfs(address, 'config'), saw: describe(fn) }] as const
        hits.push({ code: 'kept-override-bridge', subject: { kind: 'device', address }, values, evidence })
      } else if (isVfioDriver(driver) && onHostDriver(fn) === true) {
        if (scope.asked.includes(address) || meant.has(address)) continue
        if (fn.uses.state === 'unknown') missing.push(missingFrom(`what of this host stands on ${address}`, fn.uses))
        if (!carriesHost(fn)) continue
        const use = usedFor(fn)
        const evidence = [kept, { source: fn.uses.source, saw: use }] as const
        hits.push({
          code: 'kept-override-takes-host-device',
          subject: { kind: 'device', address },
          values: { address, driver, what: describe(fn), use },
          evidence,
        })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [shut, ...more] = missing
    if (shut !== undefined) return { kind: 'unknown', missing: [shut, ...more] }
    const [one] = keptOverrides.value
    if (one === undefined) return { kind: 'skip', because: 'driverctl keeps no override' }
    return { kind: 'pass', evidence: [{ source: one.path, saw: one.driver }] }
  },
})
