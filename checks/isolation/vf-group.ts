import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { groupOf, membersPath } from '../../src/rules/groups.ts'
import { describeFew, findFunction, isBridge } from '../../src/rules/pci.ts'

type Code = 'vf-shares-group'

export const check: AnyCheck = defineCheck({
  id: 'vf-group',
  area: 'isolation',
  title: 'Virtual functions have IOMMU groups of their own',
  needs: ['pci', 'groups'],
  uses: [],
  problems: {
    'vf-shares-group': {
      severity: 'warn',
      family: 'acs-missing',
      title: 'The virtual function {address} shares group {group} with {others}',
      summary:
        'Virtual functions are made to be given away one by one, and that takes a group for each. Here a port above the card has no ACS, so the kernel holds all behind it for one: they can go to a single guest together, and the physical function among them would have to leave its host driver, which ends them all.',
      proof: 'A virtual function and another function in one group.',
      ruledOut: 'A group of its own for each virtual function.',
      explains: ['group-not-viable', 'guest-start-not-viable', 'group-shared', 'group-shown-shared'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'acs' },
        { do: 'move-card', address: '{address}' },
      ],
      sources: ['drivers/iommu/iommu.c: pci_device_group', 'drivers/pci/pci.c: pci_acs_path_enabled'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const hits: Hit<Code>[] = []
    // Nobody gives one away on a host that uses them itself; a post of groups alone asks about them.
    const asked = (fn: PciFunction): boolean =>
      scope.candidates.has(fn.address) || (scope.candidates.size === 0 && !facts.groups.value.complete)
    for (const fn of pci.functions) {
      const group = groupOf(fn, facts.groups)
      if (!isVirtual(fn) || group === undefined || group === null || !asked(fn)) continue
      if (hits.some((one) => one.subject.kind === 'group' && one.subject.id === group.id)) continue
      const others = group.members.flatMap((one) => {
        const member = one === fn.address ? undefined : findFunction(pci, one)
        return member === undefined || isBridge(member) === true ? [] : [member]
      })
      if (others.length === 0) continue
      const source = membersPath(group.id)
      const evidence: NonEmpty<Evidence> = [
        { source, saw: [fn, ...others].map((one) => one.address).join(' '), wanted: `${fn.address} alone` },
      ]
      const values = { address: fn.address, group: String(group.id), others: describeFew(others) }
      hits.push({ code: 'vf-shares-group', subject: { kind: 'group', id: group.id }, values, evidence })
    }
    return concludeOutput(hits, 'no virtual function is to be passed through')
  },
})

/** By its link, else by the name that pci.ids has for it. */
function isVirtual(fn: PciFunction): boolean {
  const parent = valueOf(fn.physicalFunction)
  if (parent !== undefined) return parent !== null
  return /\bvirtual function\b/i.test(valueOf(fn.name) ?? '')
}
