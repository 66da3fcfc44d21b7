import {
  defineCheck,
  type AnyCheck,
  missingFrom,
  type Hit,
  type Judgement,
  type Missing,
} from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import type { Action } from '../../src/model/remedy.ts'
import { behindVmd } from '../../src/rules/address.ts'
import { boundAtStart } from '../../src/rules/bound-at-start.ts'
import { belongsTo, goesWith, groupOf, membersPath, viability } from '../../src/rules/groups.ts'
import { describe, findFunction, inUse, isBridge, isPlatformPart, onRootBus, onVfio } from '../../src/rules/pci.ts'

export const check: AnyCheck = defineCheck({
  id: 'group-viability',
  area: 'isolation',
  title: 'Nothing of the host shares a group with a device to be passed through',
  needs: ['pci', 'groups'],
  uses: ['kernel', 'guests'],
  problems: {
    'group-not-viable': {
      severity: 'fail',
      family: 'group-not-viable',
      title: 'Group {group} is not viable: {members} on a host driver',
      summary:
        'VFIO takes a group whole or not at all, because its members can reach each other without passing the IOMMU. Each endpoint of group {group} must be on vfio-pci or on no driver; bridges stay on pcieport, or go without. As long as {members} belongs to the host, opening the group fails.',
      proof:
        'A member of the group that has a driver other than a VFIO one, pci-stub or pcieport: an endpoint, and since Linux 5.19 a bridge, too.',
      ruledOut: 'Every member of the group on one of these drivers, or without a driver.',
      explains: ['guest-start-not-viable', 'set-container-eperm'],
      remedy: [
        { do: 'bind-now', addresses: '{addresses}' },
        { do: 'move-card', address: '{address}' },
      ],
      sources: [
        'drivers/iommu/iommu.c: iommu_group_claim_dma_owner',
        'drivers/pci/pcie/portdrv.c: driver_managed_dma',
        'Documentation/driver-api/vfio.rst',
      ],
    },
  },
  judge(facts, scope): Judgement<'group-not-viable'> {
    const pci = facts.pci.value
    const hits = new Map<number, Hit<'group-not-viable'>>()
    const missing: Missing[] = []
    const passed: number[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(pci, address)
      if (fn === undefined || isBridge(fn) === true) continue
      const group = groupOf(fn, facts.groups)
      if (group === undefined || group === null || hits.has(group.id)) continue
      const state = viability(group, pci, facts.kernel)
      // A sibling in the same slot is bound together with the candidate, so it stands in the way only once that is done.
      const along = (one: PciFunction): boolean => belongsTo(one, fn) || goesWith(one, fn)
      const foreign = state.held.filter(
        (one) => one !== fn && (onVfio(fn) === true || !along(one)) && !boundAtStart(one, fn, facts.guests),
      )
      if (foreign.length > 0) {
        hits.set(group.id, {
          code: 'group-not-viable',
          subject: { kind: 'group', id: group.id },
          values: {
            group: String(group.id),
            address,
            addresses: foreign.map((one) => one.address).join(' '),
            members: foreign.map((one) => one.address).join(', '),
          },
          remedy: cure(fn, foreign),
          evidence: [
            { source: membersPath(group.id), saw: group.members.join(' ') },
            ...foreign.map((one) => ({
              source: one.driver.source,
              saw: `${valueOf(one.driver) ?? 'a driver'} holds ${describe(one)}`,
              wanted: 'vfio-pci, or no driver',
            })),
          ],
        })
      } else if (state.unknown.length > 0) {
        for (const member of state.unknown) {
          const driver = findFunction(pci, member)?.driver
          const fact = driver?.state === 'unknown' ? driver : undefined
          const what = `the driver of ${member} in group ${group.id}`
          missing.push(
            fact === undefined
              ? { what, reason: 'not-in-paste', source: facts.pci.source, settle: [{ do: 'show', what: 'lspci' }] }
              : missingFrom(what, fact),
          )
        }
      } else if (state.viable === null) {
        const settle = [{ do: 'show', what: 'iommu-groups' }] as const
        missing.push({
          what: `the members of group ${group.id}`,
          reason: 'not-in-paste',
          source: facts.groups.source,
          settle,
        })
      } else passed.push(group.id)
    }
    const [first, ...rest] = hits.values()
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [unknown, ...others] = missing
    if (unknown !== undefined) return { kind: 'unknown', missing: [unknown, ...others] }
    if (passed.length === 0) return { kind: 'skip', because: 'no device is to be passed through' }
    const groups = [...new Set(passed)].toSorted((a, b) => a - b)
    const saw = `no endpoint of group ${groups.join(', ')} that is not to be passed through is on a host driver`
    return { kind: 'pass', evidence: [{ source: facts.groups.source, saw }] }
  },
})

/** What of the host can go along with the card; what the host needs or uses must not be offered. */
function cure(fn: PciFunction, foreign: readonly PciFunction[]): readonly Action[] {
  if (behindVmd(fn.address))
    return [
      { do: 'disable-firmware-setting', setting: 'vmd' },
      { do: 'advise', say: 'Or give the guest the VMD controller, with all that is behind it.' },
    ]
  const bridges = foreign.filter((one) => isBridge(one) === true)
  if (bridges.length > 0) {
    const on = bridges.map((one) => `${one.address} from ${valueOf(one.driver) ?? 'its driver'}`).join(', ')
    const say = `Unbind ${on}: since Linux 5.19 a group with a bridge on such a driver is not viable. The bridge works without; only hot plugging behind it ends.`
    const rest = foreign.filter((one) => !bridges.includes(one))
    return [{ do: 'advise', say }, ...(rest.length > 0 ? cure(fn, rest) : [])]
  }
  const move: Action = { do: 'move-card', address: fn.address }
  if (foreign.some(isPlatformPart)) {
    const say = `Leave ${fn.address} to the host and give the guest another device: its group holds parts of the chipset that the host cannot give away.`
    // A card in a slot shares a group with them only where no port between has ACS.
    const apart: readonly Action[] = onRootBus(fn) ? [] : [{ do: 'enable-firmware-setting', setting: 'acs' }, move]
    return [
      ...apart,
      { do: 'advise', say: apart.length > 0 ? `Failing that: ${say.charAt(0).toLowerCase()}${say.slice(1)}` : say },
    ]
  }
  return foreign.some(inUse)
    ? [move]
    : [{ do: 'bind-now', addresses: foreign.map((one) => one.address).join(' ') }, move]
}
