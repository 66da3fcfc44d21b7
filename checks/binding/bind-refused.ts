import { defineCheck, type AnyCheck, type Evidence, type Hit, type Subject } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Address } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction, isBridge, isVfioDriver, onVfio } from '../../src/rules/pci.ts'
import { logEvidence, probeErrors } from '../../src/rules/probe-errors.ts'

type Code = 'bind-refused' | 'bind-refused-unnamed'

export const check: AnyCheck = defineCheck({
  id: 'bind-refused',
  area: 'binding',
  title: 'vfio-pci took each device that it was handed',
  needs: [],
  uses: ['attempts', 'messages', 'pci', 'groups', 'iommuUnits'],
  problems: {
    'bind-refused': {
      severity: 'fail',
      family: 'iommu-absent',
      title: '{driver} was handed {address} and refused it',
      summary:
        'The driver was told that the device is for it, looked at it, and said no. Mostly the device has no IOMMU group: the IOMMU is off, or this is a virtual machine without one of its own. Rarer: it is a bridge, or on the denylist of vfio-pci. The kernel log has a line "failed with error" for it.',
      proof:
        'The answer "Invalid argument" to a bind, which is that of the driver itself since 5.14, or a tool that names the driver in driver_override first (dpdk-devbind, the setup.sh of SPDK) and saw the device left without it.',
      ruledOut: 'The device on a VFIO driver now, or another error of the driver in the kernel log.',
      explains: ['bind-write-error', 'device-unbound', 'override-without-driver', 'vmm-bind-failed'],
      remedy: [
        { do: 'show', what: 'iommu-groups' },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: [
        'drivers/base/bus.c: bind_store',
        'drivers/base/dd.c: device_driver_attach',
        'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device',
        'DPDK usertools/dpdk-devbind.py: bind_one',
        'SPDK scripts/setup.sh: linux_bind_driver',
      ],
    },
    'bind-refused-unnamed': {
      severity: 'fail',
      family: 'iommu-absent',
      title: '{driver} was handed a device and refused it',
      summary:
        'Which device it was is not shown. The driver says no to bridges, which it never drives and no group needs, to a device without an IOMMU group, and to one on its denylist. The kernel log has a line "failed with error" that names the device.',
      proof: 'The answer "Invalid argument" to a bind, which is that of the driver itself since 5.14.',
      ruledOut: 'The kernel log, or the command with the address of the device.',
      explains: ['bind-write-error'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'iommu-groups' },
      ],
      blocks: 'machine',
      sources: ['drivers/base/bus.c: bind_store', 'drivers/base/dd.c: device_driver_attach'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    // Where it is read that no IOMMU is in effect, that is the cause, and other checks tell it.
    const off = valueOf(iommuInEffect(facts)) === false
    const hits = new Map<Address | null, Hit<Code>>()
    const add = (address: Address | null, driver: string, seen: Evidence): void => {
      const fn = address === null || pci === undefined ? undefined : findFunction(pci, address)
      // An answer without its command may be that of any device that the kernel log or another answer names.
      const told = probeErrors(facts.messages).some((one) => address === null || one.address === address)
      if (off || told || hits.has(address) || (address === null && hits.size > 0)) return
      if (fn !== undefined && (isBridge(fn) === true || onVfio(fn) === true)) return
      const evidence: NonEmpty<Evidence> = [seen]
      const subject: Subject = address === null ? { kind: 'host' } : { kind: 'device', address }
      const code = address === null ? 'bind-refused-unnamed' : 'bind-refused'
      hits.set(address, { code, subject, values: { address: address ?? '', driver }, evidence, confidence: 'possible' })
    }
    for (const { address, command, driver, error, kind, line } of valueOf(facts.attempts) ?? []) {
      const tried = kind === 'bind' && driver !== null && isVfioDriver(driver)
      if (tried && /Invalid argument/i.test(error ?? ''))
        add(address, driver, { source: `${facts.attempts.source}, line ${line}`, saw: `${command}: ${error}` })
    }
    for (const hit of messagesWith(facts.messages, 'tool-bind-refused')) {
      const driver = hit.values['driver'] ?? ''
      // Busy: another driver had it still. Permission: the write did not get as far.
      const other = hit.values['error'] === 'EBUSY' || hit.values['error'] === 'EACCES'
      if (isVfioDriver(driver) && !other) add(hit.device, driver, logEvidence(hit))
    }
    return concludeOutput([...hits.values()], 'no bind that a VFIO driver refused is shown')
  },
})
