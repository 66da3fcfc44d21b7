import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import type { PciFunction, PciList } from '../../src/model/pci.ts'
import { bridgeAttempts } from '../../src/rules/bridge-attempts.ts'
import { endpointsOf, groupOf } from '../../src/rules/groups.ts'
import { behind } from '../../src/rules/topology.ts'
import { describe, idOf, isBridge, sysfs } from '../../src/rules/pci.ts'

const LEAVE: Action = { do: 'leave-bridge-alone', address: '{bridge}', id: '{id}' }
const INSTEAD: Action = { do: 'assign-instead', addresses: '{addresses}' }

const SOURCES = [
  'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device (header type)',
  'drivers/pci/pcie/portdrv.c: driver_managed_dma',
] as const

export const check: AnyCheck = defineCheck({
  id: 'bridge-presence',
  area: 'isolation',
  title: 'Bridges are left to the kernel',
  needs: ['pci'],
  uses: ['groups', 'messages', 'commandLine', 'modprobe', 'guests', 'attempts'],
  problems: {
    'bridge-given-to-guest': {
      severity: 'fail',
      family: 'bridge-in-group',
      title: 'Take the bridge {bridge} out of the guest {guest}',
      summary:
        'The guest is to get {bridge}, which is a bridge. vfio-pci drives endpoints only, so the guest cannot start with it. Give it what lies behind the bridge: {endpoints}.',
      proof: 'A guest definition that names a function whose header type is 1 or 2.',
      ruledOut: 'Header type 0 of that function.',
      explains: [
        'probe-einval-bridge',
        'bridge-cannot-bind',
        'guest-start-failed',
        'guest-bridge-refused',
        'vmm-bind-failed',
      ],
      remedy: [LEAVE, INSTEAD],
      blocks: 'machine',
      sources: SOURCES,
    },
    'bridge-cannot-bind': {
      severity: 'info',
      family: 'bridge-in-group',
      title: 'Leave the bridge {bridge} alone',
      summary:
        'vfio-pci drives endpoints only: it refuses this {what} with error -22, and no group needs it. A bridge on its own driver, or on none, does not keep a group from being viable. Assign {endpoints} alone.',
      proof:
        'A function with header type 1 or 2 that somebody tried to give to vfio-pci: a refused probe in the log, driver_override, ids, new_id or bind.',
      ruledOut: 'Header type 0, or no sign that anybody tried.',
      explains: ['probe-einval-bridge', 'probe-einval', 'guest-start-failed', 'bind-write-error', 'vmm-bind-failed'],
      remedy: [LEAVE, INSTEAD],
      sources: SOURCES,
    },
    'bridge-not-assignable': {
      severity: 'info',
      family: 'bridge-in-group',
      title: '{bridge} is a bridge, which no guest can be given and none needs',
      summary:
        'vfio-pci drives endpoints only (header type 0). What lies behind the bridge can be given instead: {endpoints}.',
      proof: 'Header type 1 or 2 of the function that was asked for.',
      ruledOut: 'Header type 0.',
      remedy: [INSTEAD],
      sources: SOURCES,
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const hits: Hit<'bridge-given-to-guest' | 'bridge-cannot-bind' | 'bridge-not-assignable'>[] = []
    const attempts = bridgeAttempts(facts, pci)
    const bridges = pci.functions.filter((fn) => isBridge(fn) === true)
    for (const bridge of bridges) {
      const [first, ...rest] = attempts.get(bridge.address) ?? []
      const guest = (valueOf(facts.guests) ?? []).find((one) =>
        one.hostDevices.some((device) => device.address === bridge.address && !device.allFunctions),
      )
      const asked = scope.asked.includes(bridge.address)
      if (first === undefined && guest === undefined && !asked) continue
      const instead = endpoints(bridge, pci, facts.groups)
      const values = words(bridge, instead)
      const header = headerEvidence(bridge)
      const subject = { kind: 'device', address: bridge.address } as const
      // What is to be given away has steps of its own in the report: the same lines once are enough.
      const remedy = (actions: readonly Action[]): readonly Action[] =>
        instead.every((one) => scope.candidates.has(one.address)) ? actions : [...actions, INSTEAD]
      if (guest !== undefined) {
        const evidence: NonEmpty<Evidence> = [
          { source: guest.source, saw: `gives ${bridge.address} to ${guest.name}` },
          header,
        ]
        hits.push({ code: 'bridge-given-to-guest', subject, evidence, values: { ...values, guest: guest.name } })
      }
      if (first !== undefined) {
        const evidence: NonEmpty<Evidence> = [first, ...rest, header]
        hits.push({ code: 'bridge-cannot-bind', subject, evidence, values, remedy: remedy([LEAVE]) })
      } else if (guest === undefined) {
        hits.push({ code: 'bridge-not-assignable', subject, evidence: [header], values, remedy: [INSTEAD] })
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    // Its driver_override is known with the function; most who try leave a trace in one of these.
    const told = [facts.messages, facts.commandLine, facts.modprobe, facts.attempts, facts.guests].some(
      (one) => one.state === 'known',
    )
    if (bridges.length > 0 && !told) return { kind: 'skip', because: 'nothing that was read tells what was tried' }
    const saw =
      bridges.length === 0 ? 'no bridge among the functions' : `nobody tried to bind one of ${bridges.length} bridges`
    return { kind: 'pass', evidence: [{ source: facts.pci.source, saw }] }
  },
})

/** What can be assigned in the bridge's place: endpoints below it, else the others of its group. */
function endpoints(bridge: PciFunction, pci: PciList, groups: Parameters<typeof groupOf>[1]): readonly PciFunction[] {
  const below = behind(bridge, pci).filter((one) => isBridge(one) === false)
  if (below.length > 0) return below
  const group = groupOf(bridge, groups)
  return group === null || group === undefined ? [] : endpointsOf(group, pci)
}

function words(bridge: PciFunction, instead: readonly PciFunction[]): Record<string, string> {
  const named = instead.map((one) => `${one.address} (${describe(one)})`)
  return {
    bridge: bridge.address,
    id: idOf(bridge) ?? '',
    what: describe(bridge),
    addresses: instead.map((one) => one.address).join(' '),
    endpoints: named.length === 0 ? 'the device behind it' : named.join(', '),
  }
}

function headerEvidence(bridge: PciFunction): Evidence {
  const header = valueOf(bridge.headerType)
  if (header !== undefined)
    return { source: bridge.headerType.source, saw: `header type ${header} (a bridge)`, wanted: 'header type 0' }
  const code = valueOf(bridge.class) ?? 0
  return {
    source: sysfs(bridge.address, 'class'),
    saw: `class ${code.toString(16).padStart(6, '0')} (a bridge)`,
    wanted: 'an endpoint',
  }
}
