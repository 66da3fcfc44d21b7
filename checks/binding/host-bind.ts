import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { groupOf } from '../../src/rules/groups.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { findFunction, isVfioDriver, onVfio, sysfs } from '../../src/rules/pci.ts'

export const check: AnyCheck = defineCheck({
  id: 'host-bind',
  area: 'binding',
  title: 'No host driver was asked to take a device out of a group that a guest has',
  needs: [],
  uses: ['attempts', 'pci', 'groups', 'kernel'],
  problems: {
    'group-owned-by-guest': {
      severity: 'warn',
      family: 'group-not-viable',
      title: '{address} cannot go to {driver} while a guest has {others} of the same group',
      summary:
        'A whole IOMMU group belongs either to the host or to a guest. Since 5.19 the kernel refuses a host driver then, with "Device or resource busy" and no line in its log. Stop the guest first, or leave {address} without a driver.',
      proof:
        'A host driver refused with "Device or resource busy", a device without a driver, and one of its group on a VFIO driver.',
      ruledOut: 'A driver on the device, or no other member of its group on a VFIO driver.',
      explains: ['bind-write-error', 'vmm-return-failed'],
      remedy: [
        { do: 'advise', say: 'Stop the guest that has the group, and hand the device back afterwards.' },
        { do: 'return-to-host', addresses: '{address}' },
      ],
      blocks: 'machine',
      sources: [
        'drivers/iommu/iommu.c: iommu_device_use_default_domain',
        'drivers/pci/pci-driver.c: pci_dma_configure',
      ],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const hits = (valueOf(facts.attempts) ?? []).flatMap((attempt): readonly Hit<'group-owned-by-guest'>[] => {
      const { address, driver, error } = attempt
      if (address === null || driver === null || error === null || pci === undefined) return []
      const tried = attempt.kind === 'bind' && !isVfioDriver(driver) && /busy/i.test(error)
      const fn = findFunction(pci, address)
      if (!tried || fn === undefined || valueOf(fn.driver) !== null || atLeast(facts.kernel, 5, 19) === false) return []
      const members = groupOf(fn, facts.groups)?.members ?? []
      const others = members.flatMap((one) => {
        const member = one === address ? undefined : findFunction(pci, one)
        return member !== undefined && onVfio(member) === true ? [member] : []
      })
      if (others.length === 0) return []
      return [
        {
          code: 'group-owned-by-guest',
          subject: { kind: 'device', address },
          values: { address, driver, others: others.map((one) => one.address).join(', ') },
          evidence: [
            { source: `${facts.attempts.source}, line ${attempt.line}`, saw: `${attempt.command}: ${error}` },
            ...others
              .slice(0, 2)
              .map((one) => ({ source: sysfs(one.address, 'driver'), saw: valueOf(one.driver) ?? '' })),
          ],
          confidence: 'likely',
        },
      ]
    })
    return concludeOutput(hits, 'no host driver is shown to have been refused')
  },
})
