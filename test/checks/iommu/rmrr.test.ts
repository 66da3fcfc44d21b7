import { describe, expect, test } from 'vitest'
import { check } from '../../../checks/iommu/rmrr.ts'
import type { AcpiFacts, DmarTable, GroupList, IvrsTable, ReservedRegion } from '../../../src/model/iommu.ts'
import { known, unknown, type Fact } from '../../../src/model/fact.ts'
import type { PciFunction, PciList } from '../../../src/model/pci.ts'
import type { BoardFacts } from '../../../src/model/system.ts'
import { found } from '../../../src/diagnose/causes.ts'
import { membership } from '../../../src/diagnose/subjects.ts'
import { judgeDevice } from '../../../src/diagnose/verdicts.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { candidates } from '../../../src/rules/candidates.ts'
import { inScope } from '../../../src/rules/direct-regions.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, commandLine, cpu, endpoint, fact, facts, kernel, messages, pciFacts } from '../../support/facts.ts'

const NIC = '0000:04:00.0'
const port = bridge({ address: '0000:00:02.0', group: 1 })
const nic = (patch: object = {}) =>
  endpoint({ address: NIC, group: 30, driver: 'vfio-pci', vfioDev: true, parent: '0000:00:02.0', ...patch })

function groups(regions: readonly ReservedRegion[] | null): Fact<GroupList> {
  const reserved =
    regions === null
      ? unknown('not-collected', 'capture')
      : known(regions, '/sys/kernel/iommu_groups/30/reserved_regions')
  return fact({
    groups: [{ id: 30, members: [NIC], others: [], type: known('DMA', 'test'), reserved }],
    complete: true,
  })
}
const region = (type: ReservedRegion['type'], start = 0xe8000n, end = 0xe8fffn): ReservedRegion => ({
  start,
  end,
  type,
})
const board = (system: string): Fact<BoardFacts> =>
  fact({ system, board: null, biosVendor: null, biosVersion: null, biosDate: null })
const msi = region('msi', 0xfee00000n, 0xfeefffffn)

function dmar(
  path: readonly { device: number; function: number }[],
  kind: 'endpoint' | 'bridge' = 'endpoint',
): Fact<AcpiFacts> {
  const table: DmarTable = {
    hostAddressWidth: 46,
    interruptRemapping: true,
    x2apicOptOut: false,
    platformOptIn: false,
    units: [],
    reserved: [{ segment: 0, base: 0xe8000n, end: 0xe8fffn, scopes: [{ kind, enumerationId: 0, startBus: 0, path }] }],
    checksumOk: true,
  }
  return fact({ tables: ['DMAR'], dmar: known(table, 'DMAR'), ivrs: known(null, 'IVRS') })
}
function ivrs(first: number, last: number): Fact<AcpiFacts> {
  const table: IvrsTable = {
    blocks: [],
    memory: [{ type: 0x22, flags: 0x08, deviceId: first, endDeviceId: last, start: 0xf0000n, length: 0x1000n }],
    checksumOk: true,
  }
  return fact({ tables: ['IVRS'], dmar: known(null, 'DMAR'), ivrs: known(table, 'IVRS') })
}
const OLD =
  'vfio-pci 0000:04:00.0: DMAR: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.'
const NEW =
  'vfio-pci 0000:04:00.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.'
const { pci } = pciFacts([port, nic()])
const path = [
  { device: 2, function: 0 },
  { device: 0, function: 0 },
]

checkTable(check, [
  {
    name: 'a direct region of the group keeps the device',
    facts: { pci, groups: groups([region('direct'), msi]), cpu: cpu('intel'), kernel: kernel('6.12.0') },
    expect: ['rmrr-direct@0000:04:00.0'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a post that shows the regions of the group that was refused',
    facts: {
      ...pciFacts([endpoint({ address: NIC, group: 30 })], false),
      groups: groups([region('direct'), msi]),
      messages: messages(
        ['failed to setup container for group 30: Failed to set iommu for container: Operation not permitted'],
        false,
      ),
    },
    expect: ['rmrr-direct@0000:04:00.0'],
  },
  {
    name: 'the regions of a group that nobody asks for',
    facts: { ...pciFacts([endpoint({ address: NIC, group: 30 })], false), groups: groups([region('direct'), msi]) },
    expect: 'skip',
  },
  {
    name: 'the refusal of the kernel alone proves it',
    facts: { messages: messages([OLD], false) },
    expect: ['rmrr-direct@0000:04:00.0'],
    severity: 'fail',
  },
  { name: 'in the new wording too', facts: { messages: messages([NEW], false) }, expect: ['rmrr-direct@0000:04:00.0'] },
  {
    name: 'message and region are one finding',
    facts: { pci, groups: groups([region('direct')]), messages: messages([NEW]), cpu: cpu('intel') },
    expect: ['rmrr-direct@0000:04:00.0'],
  },
  {
    name: 'on a ProLiant the advisory of its maker comes first',
    facts: { pci, groups: groups([region('direct')]), cpu: cpu('intel'), board: board('HP ProLiant DL380p Gen8') },
    expect: ['rmrr-direct@0000:04:00.0'],
    advises: 'c04781229',
  },
  {
    name: 'on another machine newer firmware does',
    facts: { pci, groups: groups([region('direct')]), cpu: cpu('intel'), board: board('Supermicro X9DRi') },
    expect: ['rmrr-direct@0000:04:00.0'],
    advises: 'update-firmware',
  },
  {
    name: 'the same where the maker is not known',
    facts: { pci, groups: groups([region('direct')]), cpu: cpu('intel') },
    expect: ['rmrr-direct@0000:04:00.0'],
    advises: 'update-firmware',
  },
  {
    name: 'a ProLiant without such a region',
    facts: { pci, groups: groups([msi]), cpu: cpu('intel'), board: board('HPE ProLiant DL360 Gen10') },
    expect: 'pass',
  },
  {
    name: 'a relaxable region is no obstacle',
    facts: { pci, groups: groups([region('direct-relaxable'), msi]), cpu: cpu('intel') },
    expect: 'pass',
  },
  {
    name: 'the floppy region of an ISA bridge is no RMRR',
    facts: { pci, groups: groups([region('direct', 0n, 0xffffffn)]), cpu: cpu('intel') },
    expect: 'pass',
  },
  {
    name: 'an AMD kernel before 6.6 did not refuse such devices',
    facts: { pci, groups: groups([region('direct')]), cpu: cpu('amd'), kernel: kernel('6.1.0') },
    expect: ['rmrr-direct@0000:04:00.0'],
    severity: 'warn',
    confidence: 'possible',
  },
  ...(['hygon', 'arm'] as const).map((vendor) => ({
    name: `nor did one with another IOMMU than that of Intel: ${vendor}`,
    facts: { pci, groups: groups([region('direct')]), cpu: cpu(vendor), kernel: kernel('6.1.0') },
    expect: ['rmrr-direct'],
    severity: 'warn' as const,
  })),
  {
    name: 'an IVMD over all buses is named as such',
    facts: { pci, groups: groups([region('direct')]), cpu: cpu('amd'), kernel: kernel('6.8.0'), acpi: ivrs(0, 0x0fff) },
    expect: ['rmrr-direct@0000:04:00.0'],
    severity: 'fail',
  },
  {
    name: 'the table names the device, and the regions of the group were not seen',
    facts: { pci, groups: groups(null), acpi: dmar(path), cpu: cpu('intel') },
    expect: ['rmrr-in-table@0000:04:00.0'],
    severity: 'warn',
    confidence: 'likely',
  },
  {
    name: 'a scope of the port above takes the device in',
    facts: { pci, groups: groups(null), acpi: dmar(path.slice(0, 1), 'bridge'), cpu: cpu('intel') },
    expect: ['rmrr-in-table@0000:04:00.0'],
  },
  {
    name: 'the IVRS table names the device, to a kernel that does not hold to it',
    facts: {
      pci,
      groups: groups(null),
      acpi: ivrs(0x0400, 0x0407),
      cpu: cpu('amd'),
      kernel: kernel('6.1.0'),
    },
    expect: ['rmrr-in-table@0000:04:00.0'],
    severity: 'info',
  },
  {
    name: 'the IVRS table names the device',
    facts: { pci, groups: groups(null), acpi: ivrs(0x0400, 0x0407), cpu: cpu('amd') },
    expect: ['rmrr-in-table@0000:04:00.0'],
  },
  {
    name: 'a region of a graphics card is relaxable',
    facts: { pci: pciFacts([port, nic({ class: 0x030000 })]).pci, groups: groups(null), acpi: dmar(path) },
    expect: 'pass',
  },
  {
    name: 'the table names another device',
    facts: { pci, groups: groups(null), acpi: dmar([{ device: 0x1d, function: 0 }]) },
    expect: 'pass',
  },
  {
    name: 'the way down from the root bus is not known',
    facts: { pci: pciFacts([nic({ parent: undefined })]).pci, groups: groups(null), acpi: dmar(path) },
    expect: 'unknown',
  },
  { name: 'neither regions nor table could be read', facts: { pci, groups: groups(null) }, expect: 'unknown' },
  {
    name: 'a device that nobody gives away has its region in peace',
    facts: { pci: pciFacts([port, nic({ driver: 'tg3', vfioDev: false })]).pci, groups: groups([region('direct')]) },
    expect: 'skip',
  },
  {
    name: 'the mapping that firmware wants failed',
    facts: {
      messages: messages(['pci 0000:04:00.0: IOMMU driver was not able to establish FW requested direct mapping.']),
    },
    expect: ['rmrr-mapping-failed@0000:04:00.0'],
  },
  {
    name: 'an early kernel gives up over a bad RMRR',
    facts: {
      kernel: kernel('5.5.1'),
      messages: messages([
        'DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR [0x000000007b800000-0x000000007fffffff]',
      ]),
    },
    expect: ['rmrr-rejected@host'],
    severity: 'fail',
  },
  {
    name: 'in its own wording, and the table was given up',
    facts: {
      kernel: kernel('5.5.1'),
      messages: messages(
        [
          'DMAR: [Firmware Bug]: No firmware reserved region can cover this RMRR [0x000000003e2e0000-0x000000003e2fffff], contact BIOS vendor for fixes',
          'DMAR: Parse DMAR table failure.',
        ],
        false,
      ),
    },
    expect: ['rmrr-rejected@host'],
    confidence: 'certain',
  },
  {
    name: 'a patched kernel ignores all of them',
    facts: {
      commandLine: commandLine('intel_iommu=on,relax_rmrr'),
      kernelLog: fact({
        lines: [
          { text: 'DMAR: Intel-IOMMU: assuming all RMRRs are relaxable', time: 0, wall: null, level: null, line: 7 },
        ],
        fromBoot: true,
      }),
    },
    expect: ['rmrr-relaxed@host'],
    severity: 'warn',
  },
  {
    name: 'a stock kernel does not know the word',
    facts: { commandLine: commandLine('intel_iommu=on,relax_rmrr'), kernelLog: fact({ lines: [], fromBoot: true }) },
    expect: 'skip',
  },
  {
    name: 'a later one goes on',
    facts: {
      kernel: kernel('6.1.0'),
      messages: messages([
        'DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR [0x000000007b800000-0x000000007fffffff]',
      ]),
    },
    expect: 'skip',
  },
])

describe('device scopes', () => {
  const list: PciList = { functions: [port, nic()], complete: true }
  const scope = (kind: 'endpoint' | 'bridge', startBus: number, ...hops: readonly [number, number][]) =>
    ({ kind, enumerationId: 0, startBus, path: hops.map(([device, fn]) => ({ device, function: fn })) }) as const
  test.each([
    ['the whole way', scope('endpoint', 0, [2, 0], [0, 0]), true],
    ['from the bus of the device', scope('endpoint', 4, [0, 0]), true],
    ['another function', scope('endpoint', 4, [0, 1]), false],
    ['the port alone is another device', scope('endpoint', 0, [2, 0]), false],
    ['the port as a bridge', scope('bridge', 0, [2, 0]), true],
    ['another bus', scope('endpoint', 5, [0, 0]), false],
    ['longer than the way', scope('endpoint', 0, [2, 0], [0, 0], [1, 0]), false],
  ])('%s', (_name, one, wanted) => {
    expect(inScope(one, 0, list.functions[1]!, list)).toBe(wanted)
    expect(inScope(one, 1, list.functions[1]!, list)).toBe(false)
  })
})

describe('what is said of a direct region', () => {
  const mate = nic({ address: '0000:04:00.1' })
  const list = pciFacts([port, nic(), mate]).pci
  const shared: Fact<GroupList> = fact({
    groups: [
      {
        id: 30,
        members: [NIC, '0000:04:00.1'],
        others: [],
        type: known('DMA', 'test'),
        reserved: known([region('direct')], 'test'),
      },
    ],
    complete: true,
  })
  const which = (acpi: Fact<AcpiFacts>): string => {
    const machine = facts({ pci: list, groups: shared, acpi, cpu: cpu('intel'), kernel: kernel('6.12.0') })
    const asked = ['0000:04:00.1']
    const [one] = found([runCheck(check, machine, { asked, candidates: candidates(machine, asked) })]).filter(
      ({ finding }) => finding.subject.kind === 'device' && finding.subject.address === '0000:04:00.1',
    )
    return one?.finding.summary ?? ''
  }
  test.each([
    ['of which the group is shown', shared, []],
    ['that the kernel log says it of', fact({ groups: [], complete: true }), [NEW]],
  ])('a member of the group %s has the verdict of the one that is asked about', (_name, list_, log) => {
    const other = endpoint({ address: '0000:05:00.0', group: 31 })
    const machine = facts({
      pci: pciFacts([port, nic(), mate, other]).pci,
      groups: list_,
      cpu: cpu('intel'),
      kernel: kernel('6.12.0'),
      messages: messages(log),
    })
    const scope = { asked: [NIC], candidates: new Map([[NIC, 'asked for']]) }
    const all = found([runCheck(check, machine, scope)])
    expect(all.map(({ finding }) => finding.subject)).toEqual([{ kind: 'device', address: NIC }])
    const verdict = (fn: PciFunction) => judgeDevice(fn, machine, all, membership(machine)).because
    expect([nic(), mate].map(verdict)).toEqual([['rmrr-direct'], ['rmrr-direct']])
    expect(verdict(other)).not.toContain('rmrr-direct')
    expect(judgeDevice(port, machine, all, membership(machine)).verdict).toBe('not-assignable')
  })
  test('the table names another member', () => expect(which(dmar(path))).toContain('names 0000:04:00.0 of group 30'))
  test('the table names this one', () =>
    expect(which(dmar([path[0]!, { device: 0, function: 1 }]))).not.toContain('The table names'))
  test('the table names none', () => expect(which(dmar([{ device: 9, function: 0 }]))).not.toContain('The table names'))
})
