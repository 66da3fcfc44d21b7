import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import type { Action } from '../../src/model/remedy.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { IommuGroup } from '../../src/model/iommu.ts'
import type { PciFunction, PciList } from '../../src/model/pci.ts'
import { acsBits, strangers, unreadPort, whyJoined, type Joined } from '../../src/rules/acs.ts'
import { acsParameter } from '../../src/rules/acs-parameter.ts'
import { behindVmd } from '../../src/rules/address.ts'
import { endpointsOf, goesWith, groupOf, membersPath } from '../../src/rules/groups.ts'
import {
  describe,
  describeFew,
  findFunction,
  isBridge,
  isDisplay,
  isPlatformPart,
  onHostDriver,
  sysfs,
} from '../../src/rules/pci.ts'

type Code = 'acs-missing-port' | 'acs-switched-off' | 'group-behind-bridge' | 'group-shared' | 'group-shown-shared'

const SOURCES = ['drivers/iommu/iommu.c: pci_device_group', 'drivers/pci/pci.c: pci_acs_enabled'] as const
const EXPLAINS = [
  'group-not-viable',
  'guest-start-not-viable',
  'guest-switch-no-acs',
  'set-container-eperm',
  'guest-takes-host-devices',
] as const

export const check: AnyCheck = defineCheck({
  id: 'acs',
  area: 'isolation',
  title: 'Each device to be passed through is isolated from the others',
  needs: ['pci', 'groups'],
  uses: ['messages', 'commandLine'],
  problems: {
    'acs-missing-port': {
      severity: 'warn',
      family: 'acs-missing',
      title: '{port} has no ACS, so {address} shares group {group} with {others}',
      summary:
        'Below a port without Access Control Services, devices can reach each other without passing the IOMMU, so the kernel puts them into one group. Another slot, mostly one that hangs on the processor, has a port of its own.',
      proof: 'A port of the group above one of the two, whose PCI Express capability list has no ACS.',
      ruledOut: 'Groups of their own, or an ACS capability with all bits on.',
      explains: EXPLAINS,
      remedy: [{ do: 'move-card', address: '{address}' }],
      sources: [...SOURCES, 'PCI Express base specification 6.12 (ACS)'],
    },
    'acs-switched-off': {
      severity: 'warn',
      family: 'acs-missing',
      title: 'ACS of {port} is there and partly off ({missing}), so {address} shares group {group} with {others}',
      summary:
        'The port could keep the devices below it apart, and the bits for it are off: by firmware, by a kernel parameter, or because no IOMMU asked for them at boot.',
      proof: 'The capability and control words of the ACS capability.',
      ruledOut: 'Each bit of the capability set in the control word.',
      explains: EXPLAINS,
      remedy: [
        { do: 'enable-firmware-setting', setting: 'acs' },
        { do: 'move-card', address: '{address}' },
      ],
      sources: [...SOURCES, 'drivers/pci/pci.c: pci_enable_acs'],
    },
    'group-behind-bridge': {
      severity: 'warn',
      family: 'acs-missing',
      title: '{address} sits behind the conventional PCI bridge {port}, together with {others}',
      summary:
        'A bridge to conventional PCI puts its own requester ID on what the devices behind it do, so the IOMMU cannot tell them apart. Everything behind it goes to one guest, or to none; no parameter changes that.',
      proof: 'A bridge of the group that is no PCI Express port, above one of the two.',
      ruledOut: 'PCI Express ports alone on the way up.',
      explains: EXPLAINS,
      remedy: [
        {
          do: 'advise',
          say: 'Give all endpoints behind the bridge to the same guest, or leave only the one card there.',
        },
        { do: 'move-card', address: '{address}' },
      ],
      sources: [...SOURCES, 'drivers/pci/search.c: pci_for_each_dma_alias'],
    },
    'group-shared': {
      severity: 'info',
      family: 'acs-missing',
      title: '{address} shares group {group} with {others}',
      summary:
        'They are one group for the kernel, so they go to one guest together, or the others stay without a driver. {why}',
      proof: 'Endpoints of other slots in the group.',
      ruledOut: 'A group of its own.',
      explains: ['guest-switch-no-acs'],
      remedy: [{ do: 'move-card', address: '{address}' }],
      sources: SOURCES,
    },
    'group-shown-shared': {
      severity: 'warn',
      family: 'acs-missing',
      title: 'In group {group}, {address} and {others} are one for the kernel',
      summary:
        'Nothing that was shown says which device is to be given away. Should it be one of these, all of them go to one guest, or the others stay without a driver: a port above them has no ACS, or a bridge hides who is who.',
      proof: 'Endpoints of several slots in one group of a listing, and no device named to be given away.',
      ruledOut: 'Groups of their own.',
      remedy: [{ do: 'move-card', address: '{address}' }],
      sources: SOURCES,
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const hits = new Map<number, Hit<Code>>()
    const missing: Missing[] = []
    const alone: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(pci, address)
      const group = fn === undefined ? undefined : groupOf(fn, facts.groups)
      if (fn === undefined || group === undefined || group === null || isBridge(fn) === true || hits.has(group.id))
        continue
      const others = strangers(fn, group, pci).filter((one) => !goesWith(one, fn))
      const [first] = others
      if (first === undefined) {
        alone.push(address)
        continue
      }
      const joined = whyJoined(fn, first, group, pci)
      const unread = joined === undefined ? unreadPort(fn, first, group, pci) : undefined
      if (unread !== undefined) {
        const gap = missingFrom(`why ${address} and ${first.address} share a group`, unread)
        missing.push({ ...gap, settle: [...gap.settle, { do: 'show', what: 'lspci-verbose' }] })
      }
      const hit = explain(fn, others, group.id, joined)
      // All of them are to be given away, or are on no driver of the host: nothing stands in the way.
      const calm = others.every((one) => scope.candidates.has(one.address) || onHostDriver(one) === false)
      const set = acsParameter(joined, facts)
      const remedy = set?.remedy ?? (calm ? undefined : giveAway(fn, others))
      const evidence: Hit['evidence'] = [...hit.evidence, ...(set?.evidence ?? [])]
      const rest = { ...(calm ? { severity: 'info' as const } : {}), ...(remedy === undefined ? {} : { remedy }) }
      hits.set(group.id, { ...hit, evidence, ...rest })
    }
    // A post with groups and nothing else asks about them; a whole host without candidates does not.
    if (scope.candidates.size === 0 && !facts.groups.value.complete) {
      for (const group of facts.groups.value.groups) {
        const fn = leader(group, pci)
        const others = fn === undefined ? [] : strangers(fn, group, pci)
        if (fn === undefined || others.length === 0) continue
        const hit = explain(fn, others, group.id, undefined)
        hits.set(group.id, {
          ...hit,
          code: 'group-shown-shared',
          confidence: 'possible',
          // Graphics cards are what most posts are about.
          ...(isDisplay(fn) ? {} : { severity: 'info' as const }),
        })
      }
    }
    const [first, ...rest] = hits.values()
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    if (alone.length === 0) return { kind: 'skip', because: 'no device is to be passed through, or no group is shown' }
    return {
      kind: 'pass',
      evidence: [
        {
          source: facts.groups.source,
          saw: `alone in its group, but for its own slot and bridges: ${alone.join(', ')}`,
        },
      ],
    }
  },
})

/** What the host holds of the group and does not use can go along with the card; what it uses must not. */
function giveAway(fn: PciFunction, others: readonly PciFunction[]): readonly Action[] | undefined {
  if (behindVmd(fn.address)) return [{ do: 'disable-firmware-setting', setting: 'vmd' }]
  const held = others.filter((one) => onHostDriver(one) === true)
  const idle = held.every((one) => valueOf(one.uses)?.every((use) => use.inUse === null) === true)
  if (held.length === 0 || !idle || held.some(isPlatformPart)) return undefined
  return [
    { do: 'bind-now', addresses: held.map((one) => one.address).join(' ') },
    { do: 'move-card', address: fn.address },
  ]
}

/** The member that somebody most likely asks about: a graphics card, else the first endpoint. */
function leader(group: IommuGroup, pci: PciList): PciFunction | undefined {
  const endpoints = endpointsOf(group, pci).filter((one) => {
    const code = valueOf(one.class)
    return code !== undefined && code >> 16 !== 0x06
  })
  return endpoints.find(isDisplay) ?? endpoints[0]
}

const WORDS = {
  'same-slot': 'They are functions of one device.',
  vmd: 'Intel VMD stands before one of them.',
  unexplained: 'The rules of ACS alone do not explain it: a quirk of the kernel or an alias does.',
  unread: 'Why could not be told: it takes the PCI Express capabilities of the ports above them.',
} as const

function explain(fn: PciFunction, others: readonly PciFunction[], id: number, joined: Joined | undefined): Hit<Code> {
  const values = { address: fn.address, group: String(id), others: describeFew(others) }
  const members: Evidence = {
    source: membersPath(id),
    saw: [fn, ...others].map((one) => one.address).join(' '),
  }
  const hit = (code: Code, extra: Record<string, string>, evidence: NonEmpty<Evidence> = [members]): Hit<Code> => ({
    code,
    subject: { kind: 'group', id },
    values: { ...values, ...extra },
    evidence,
  })
  if (joined === undefined) return hit('group-shared', { why: WORDS.unread })
  switch (joined.why) {
    case 'legacy-bridge': {
      const saw = `${describe(joined.bridge)}, no PCI Express port`
      return hit('group-behind-bridge', { port: joined.bridge.address }, [
        members,
        { source: sysfs(joined.bridge.address, 'config'), saw },
      ])
    }
    case 'port': {
      const { port, verdict } = joined
      const source = sysfs(port.address, 'config')
      if (verdict.why !== 'switched-off')
        return hit('acs-missing-port', { port: port.address }, [
          members,
          { source, saw: 'no ACS capability', wanted: 'ACS' },
        ])
      const acs = valueOf(valueOf(port.config)!.acs)
      const saw =
        acs === undefined || acs === null
          ? 'bits off'
          : `capability 0x${acs.capability.toString(16)}, control 0x${acs.control.toString(16)}`
      return hit('acs-switched-off', { port: port.address, missing: acsBits(verdict.missing) }, [
        members,
        { source, saw, wanted: acsBits(verdict.missing) },
      ])
    }
    default:
      return hit('group-shared', { why: WORDS[joined.why] })
  }
}
