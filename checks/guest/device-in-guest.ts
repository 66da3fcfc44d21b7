import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { holderOf } from '../../src/rules/held-by-guest.ts'
import { findFunction, onVfio, sysfs } from '../../src/rules/pci.ts'

type Code = 'device-in-guest'

export const check: AnyCheck = defineCheck({
  id: 'device-in-guest',
  area: 'guest',
  title: 'No guest has the devices to be passed through already',
  needs: ['pci'],
  uses: ['guests'],
  problems: {
    'device-in-guest': {
      severity: 'info',
      family: 'guest-config',
      title: '{address} is in {guest} now',
      summary:
        'VFIO opens an IOMMU group for one process at a time, so another guest gets "Device or resource busy" until this one is stopped. {who}',
      proof:
        'A running guest that is given the device; or the device on a VFIO driver with message interrupts set up, or enabled and awake, which VFIO does only while somebody has it open.',
      ruledOut: 'A device on a VFIO driver that is not enabled.',
      remedy: [{ do: 'nothing', why: 'If it is to go to another guest, stop the one that has it.' }],
      sources: [
        'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_enable, vfio_pci_core_disable',
        'drivers/vfio/group.c: vfio_group_fops_open',
        'Documentation/ABI/testing/sysfs-bus-pci: enable',
      ],
    },
  },
  judge(facts, scope) {
    const hits: Hit<Code>[] = []
    const free: Evidence[] = []
    let bound = false
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(facts.pci.value, address)
      if (fn === undefined || onVfio(fn) !== true) continue
      bound = true
      const holder = holderOf(fn, facts.guests)
      if (holder === undefined) {
        const asleep = valueOf(fn.runtimeStatus) === 'suspended'
        if (asleep) free.push({ source: sysfs(address, 'power/runtime_status'), saw: 'suspended' })
        else if (valueOf(fn.enabled) === false) free.push({ source: sysfs(address, 'enable'), saw: '0' })
        continue
      }
      const { guest, sure, evidence } = holder
      hits.push({
        code: 'device-in-guest',
        subject: { kind: 'device', address },
        values: {
          address,
          guest: guest === null ? 'a guest' : `the guest ${guest}`,
          who: guest === null ? 'Which process has it was not looked for.' : `${guest} has it.`,
        },
        evidence,
        ...(sure ? {} : { confidence: 'likely' as const }),
      })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const [one, ...others] = free
    if (one === undefined) {
      const none = 'no device to be passed through is on a VFIO driver'
      return { kind: 'skip', because: bound ? 'nothing that is shown tells whether a guest has the devices now' : none }
    }
    return { kind: 'pass', evidence: [one, ...others] }
  },
})
