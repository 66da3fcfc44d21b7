import { defineCheck, type AnyCheck, type Evidence, type Hit, type Subject } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Address } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { sysfs } from '../../src/rules/pci.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

type Code = 'driver-named-as-module'

/** Modules whose driver goes by another name: kbuild makes a `_` of the `-` in a module's, a driver keeps its own. */
const DRIVERS: Readonly<Record<string, string>> = { vfio_pci: 'vfio-pci', pci_stub: 'pci-stub' }

export const check: AnyCheck = defineCheck({
  id: 'driver-name',
  area: 'binding',
  title: 'The driver is called by its own name',
  needs: [],
  uses: ['attempts', 'messages', 'pci'],
  problems: {
    'driver-named-as-module': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{module} is the name of the module; the driver is called {driver}',
      summary:
        'modprobe takes the dash and the underscore for the same, and sysfs does not: driver_override and the directories under /sys/bus/pci/drivers want the name of the driver, {driver}. With the other name nothing matches, and no error need be shown.',
      proof: 'The name of the module where that of the driver belongs.',
      ruledOut: 'The name with the dash.',
      explains: [
        'bind-write-error',
        'device-unbound',
        'device-on-host-driver',
        'override-without-driver',
        'write-path-missing',
      ],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: ['drivers/pci/pci-driver.c: pci_match_device', 'drivers/vfio/pci/vfio_pci.c: vfio_pci_driver'],
    },
  },
  judge(facts) {
    const hits: Hit<Code>[] = []
    const add = (module: string, address: Address | null, seen: Evidence): void => {
      const driver = Object.hasOwn(DRIVERS, module) ? DRIVERS[module] : undefined
      if (driver === undefined || hits.some((one) => one.values?.['address'] === (address ?? ''))) return
      const subject: Subject = address === null ? { kind: 'host' } : { kind: 'device', address }
      const values = { module, driver, address: address ?? '' }
      hits.push({ code: 'driver-named-as-module', subject, values, evidence: [{ ...seen, wanted: driver }] })
    }
    for (const fn of valueOf(facts.pci)?.functions ?? []) {
      const override = valueOf(fn.driverOverride)
      if (typeof override === 'string')
        add(override, fn.address, { source: sysfs(fn.address, 'driver_override'), saw: override })
    }
    for (const { kind, driver, address, command, line } of valueOf(facts.attempts) ?? []) {
      if (driver === null || kind === 'modprobe' || kind === 'insmod') continue
      add(driver, address, { source: `${facts.attempts.source}, line ${line}`, saw: command })
    }
    for (const hit of messagesWith(facts.messages, 'dpdk-bind-no-driver')) {
      const name = /\/drivers\/([\w-]{1,64})\//.exec(hit.values['path'] ?? '')?.[1]
      if (name !== undefined) add(name, hit.device, logEvidence(hit))
    }
    return concludeOutput(hits, 'no driver is named in what was read')
  },
})
