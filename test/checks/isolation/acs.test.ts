import { expect, test } from 'vitest'
import { unknown } from '../../../src/model/fact.ts'
import { check } from '../../../checks/isolation/acs.ts'
import { found } from '../../../src/diagnose/causes.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import type { DeviceUse } from '../../../src/model/pci.ts'
import { candidates } from '../../../src/rules/candidates.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, commandLine, config, endpoint, fact, facts, messages, pciFacts } from '../../support/facts.ts'

const port = (address: string, acs: { capability: number; control: number } | null, group: number = 1) =>
  bridge({ address, group, config: config({ pcieType: fact('root-port' as const), acs: fact(acs) }) })
const legacy = bridge({
  address: '0000:03:00.0',
  group: 1,
  config: config({ pcieType: fact('pcie-to-pci-bridge' as const) }),
})
const wanted = (parent: string, group: number = 1) =>
  endpoint({ address: '0000:04:00.0', group, driver: 'vfio-pci', parent, config: config() })
const other = (parent: string, driver: string | null = 'igb', address: string = '0000:04:01.0') =>
  endpoint({ address, group: 1, driver, parent, config: config() })
const up = '0000:00:01.0'
const fnHostBridge = endpoint({ address: '0000:00:03.0', group: 1, class: 0x060000, driver: null })

checkTable(check, [
  {
    name: 'a port without ACS',
    facts: pciFacts([port(up, null), wanted(up), other(up)]),
    expect: ['acs-missing-port@group:1'],
    severity: 'warn',
  },
  {
    name: 'nothing of the host is in the way',
    facts: pciFacts([port(up, null), wanted(up), other(up, null)]),
    expect: ['acs-missing-port@group:1'],
    severity: 'info',
  },
  {
    name: 'ACS is there and off',
    facts: pciFacts([port(up, { capability: 0x5f, control: 0x01 }), wanted(up), other(up)]),
    expect: ['acs-switched-off@group:1'],
  },
  {
    name: 'ACS is off by a parameter, as the kernel says of this port',
    facts: {
      ...pciFacts([port(up, { capability: 0x5f, control: 0x00 }), wanted(up), other(up)]),
      ...switched('pci 0000:00:01.0: Configured ACS to 0x0000'),
    },
    expect: ['acs-switched-off@group:1'],
  },
  {
    name: 'a conventional bus',
    facts: pciFacts([legacy, wanted('0000:03:00.0'), other('0000:03:00.0')]),
    expect: ['group-behind-bridge@group:1'],
  },
  {
    name: 'ACS is on, and they are one group all the same',
    facts: pciFacts([port(up, { capability: 0x5f, control: 0x1d }), wanted(up), other(up)]),
    expect: ['group-shared@group:1'],
    severity: 'info',
  },
  {
    name: 'the ports were not read',
    facts: pciFacts([bridge({ address: up, group: 1 }), wanted(up), other(up)]),
    expect: ['group-shared@group:1'],
  },
  {
    name: 'a card alone with its own functions and the port',
    facts: pciFacts([port(up, null), wanted(up), other(up, null, '0000:04:00.1')]),
    expect: 'pass',
  },
  { name: 'nobody wants to give a device away', facts: pciFacts([port(up, null), other(up)]), expect: 'skip' },
  {
    name: 'a post shows groups and nothing else',
    facts: pciFacts(
      [
        endpoint({ address: '0000:07:00.0', group: 1, class: 0x030000 }),
        endpoint({ address: '0000:08:00.0', group: 1, class: 0x010802 }),
      ],
      false,
    ),
    expect: ['group-shown-shared@group:1'],
    severity: 'warn',
    confidence: 'possible',
  },
  {
    name: 'a whole host on which nobody gives anything away',
    facts: pciFacts([
      endpoint({ address: '0000:07:00.0', group: 1, class: 0x030000 }),
      endpoint({ address: '0000:08:00.0', group: 1, class: 0x010802 }),
    ]),
    expect: 'skip',
  },
  {
    name: 'a host bridge in the group is no stranger',
    facts: pciFacts([fnHostBridge, port(up, null), wanted(up)]),
    expect: 'pass',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])

test('what the host holds and does not use may go along; what it uses is not to be taken', () => {
  const remedies = (uses: readonly DeviceUse[]): readonly string[] => {
    const held = endpoint({ address: '0000:04:01.0', group: 1, driver: 'igb', parent: up, config: config(), uses })
    const machine = facts(pciFacts([port(up, null), wanted(up), held]))
    const outcome = runCheck(check, machine, { asked: [], candidates: candidates(machine, []) })
    return found([outcome])[0]?.actions.map((one) => one.do) ?? []
  }
  expect(remedies([])).toEqual(['bind-now', 'move-card'])
  expect(remedies([{ kind: 'network', name: 'eth0', inUse: 'the default route', source: '/proc/net/route' }])).toEqual([
    'move-card',
  ])
})

test('why they share a group is left open for the reason that the port was not read', () => {
  const asleep = { ...port(up, null), config: unknown('not-collected', 'config', 'asleep in D3cold') }
  const other = endpoint({ address: '0000:04:01.0', group: 1, driver: null, parent: up, config: config() })
  const machine = facts(pciFacts([asleep, wanted(up), other]))
  const outcome = runCheck(check, machine, { asked: [], candidates: candidates(machine, []) })
  expect('missing' in outcome && outcome.missing?.map((one) => [one.reason, one.detail])).toEqual([
    ['not-collected', 'asleep in D3cold'],
  ])
})

/** `pci=config_acs=` on the command line, and what the kernel says of it. */
function switched(said: string, parameter: string = 'pci=config_acs=0000000@pci:8086:1901') {
  return { commandLine: commandLine(parameter), messages: messages([said]) }
}

function remedyOf(patch: ReturnType<typeof switched>) {
  const all = facts({ ...pciFacts([port(up, { capability: 0x5f, control: 0x00 }), wanted(up), other(up)]), ...patch })
  return found([runCheck(check, all, { asked: [], candidates: candidates(all, []) })])[0]?.actions
}

test('the parameter that switched ACS off is taken out, and nothing else is', () => {
  const said = 'pci 0000:00:01.0: Configured ACS to 0x0000'
  expect(remedyOf(switched(said))).toEqual([
    { do: 'remove-kernel-parameter', parameter: 'pci=config_acs=0000000@pci:8086:1901' },
  ])
  expect(remedyOf(switched(said, 'pci=realloc,disable_acs_redir=00:01.0'))).toEqual([
    { do: 'set-kernel-parameter', parameter: 'pci=realloc', without: 'pci=realloc,disable_acs_redir=00:01.0' },
  ])
  // The kernel names another port, or the option is not there.
  expect(remedyOf(switched('pci 0000:00:1c.0: Configured ACS to 0x0000'))).not.toContainEqual(
    expect.objectContaining({ do: 'remove-kernel-parameter' }),
  )
  expect(remedyOf(switched(said, 'quiet'))).not.toContainEqual(
    expect.objectContaining({ do: 'remove-kernel-parameter' }),
  )
})
