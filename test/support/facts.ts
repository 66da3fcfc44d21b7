import { known, unknown, type Fact } from '../../src/model/fact.ts'
import type { CommandLine } from '../../src/model/boot.ts'
import type { GuestDefinition, HostDevice } from '../../src/model/guests.ts'
import type { GroupList, IommuGroup } from '../../src/model/iommu.ts'
import type { MessageHit, MessageList } from '../../src/model/log.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { ModuleFacts } from '../../src/model/modules.ts'
import type { ConfigSpace, PciFunction, PciList } from '../../src/model/pci.ts'
import type { CpuFacts, EnvironmentFacts, KernelFacts } from '../../src/model/system.ts'
import { recognise } from '../../src/parse/messages.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { blankFacts } from '../../src/rules/blank.ts'
import { WHOLE } from './vocabulary.ts'

const SOURCE = 'test'

/** A fact whose value is given plainly; a fact passes as it is. */
export function fact<T>(value: T, source: string = SOURCE): Fact<T> {
  return known(value, source)
}

/** A blank machine with these facts. */
export function facts(patch: Partial<Facts> = {}): Facts {
  return { ...blankFacts(SOURCE), ...patch }
}

/** The values of a function as a test writes them: plain; `undefined` stands for unknown. */
export type FunctionPatch = { readonly [K in Exclude<keyof PciFunction, 'address'>]?: unknown } & {
  readonly address: string
}

const UNKNOWN_FUNCTION: readonly Exclude<keyof PciFunction, 'address'>[] = [
  'vendorId',
  'deviceId',
  'subsystem',
  'class',
  'revision',
  'name',
  'headerType',
  'multifunction',
  'driver',
  'driverModule',
  'kernelModules',
  'driverOverride',
  'vfioDev',
  'group',
  'iommuUnit',
  'parent',
  'physicalFunction',
  'virtualFunctions',
  'sriovTotalVfs',
  'sriovNumVfs',
  'sriovAutoprobe',
  'bootVga',
  'resources',
  'resetMethods',
  'resettable',
  'powerState',
  'runtimeStatus',
  'd3coldAllowed',
  'irq',
  'msiIrqs',
  'enabled',
  'numaNode',
  'config',
  'uses',
]

/** A PCI function: everything unknown but what is given, as plain values. */
export function fn(patch: FunctionPatch): PciFunction {
  const entries = UNKNOWN_FUNCTION.map((key) => {
    const value = patch[key]
    const place = `/sys/bus/pci/devices/${patch.address}/${key}`
    return [key, value === undefined ? unknown('not-collected', place) : known(value, place)]
  })
  return { address: patch.address, ...Object.fromEntries(entries) } as PciFunction
}

/** An ordinary endpoint on a host driver, in a group of its own. */
export function endpoint(patch: FunctionPatch): PciFunction {
  return fn({
    vendorId: '8086',
    deviceId: '10d3',
    class: 0x020000,
    headerType: 0,
    multifunction: false,
    driver: 'e1000e',
    driverOverride: null,
    vfioDev: false,
    group: 1,
    parent: null,
    uses: [],
    sriovNumVfs: null,
    ...patch,
  })
}

/** A PCI-to-PCI bridge on pcieport. */
export function bridge(patch: FunctionPatch): PciFunction {
  return fn({
    vendorId: '8086',
    deviceId: '1901',
    class: 0x060400,
    headerType: 1,
    multifunction: false,
    driver: 'pcieport',
    driverOverride: null,
    vfioDev: false,
    group: 0,
    parent: null,
    uses: [],
    ...patch,
  })
}

/** Facts about PCI from functions: the list, whole, and the groups by their links. */
export function pciFacts(functions: readonly PciFunction[], complete: boolean = true): Pick<Facts, 'pci' | 'groups'> {
  const groups = new Map<number, string[]>()
  for (const one of functions) {
    if (one.group.state !== 'known' || one.group.value === null) continue
    groups.set(one.group.value, [...(groups.get(one.group.value) ?? []), one.address])
  }
  const list = [...groups].map(([id, members]): IommuGroup => ({
    id,
    members,
    others: [],
    type: known('DMA', SOURCE),
    reserved: known([], SOURCE),
  }))
  const pci: PciList = { functions, complete }
  const all: GroupList = { groups: list, complete }
  return { pci: known(pci, '/sys/bus/pci/devices'), groups: known(all, '/sys/kernel/iommu_groups') }
}

/** The same where nothing lists the groups: an error or a link named each with the members that are known. */
export function unlisted({ pci, groups }: Pick<Facts, 'pci' | 'groups'>): Pick<Facts, 'pci' | 'groups'> {
  const list = groups.state === 'known' ? groups.value.groups : []
  return {
    pci,
    groups: known({ groups: list.map((one) => ({ ...one, partial: true as const })), complete: false }, SOURCE),
  }
}

export function commandLine(text: string): Fact<CommandLine> {
  return known(parseCommandLine(text), '/proc/cmdline')
}

/** Messages recognised in these lines, as a kernel log or a program's output. */
export function messages(lines: readonly string[], fromBoot: boolean = true): Fact<MessageList> {
  const numbered = lines.map((text, index) => ({ text, line: index + 1, time: index, wall: null }))
  return known(recognise(numbered, 'kernel log', fromBoot, WHOLE), 'kernel log')
}

/** A guest of libvirt that is given these functions, each managed. */
export function guest(...addresses: readonly string[]): Fact<readonly GuestDefinition[]> {
  const hostDevices = addresses.map((address): HostDevice => ({
    address,
    managed: true,
    romFile: null,
    allFunctions: false,
    options: {},
    text: '<hostdev>',
  }))
  const plain = { machine: null, firmware: null, memoryBytes: null, running: null } as const
  return known([{ name: 'guest', manager: 'libvirt', ...plain, hostDevices, source: 'guest.xml' }], 'guests')
}

/** The ids that a text is recognised as, for tests that pin a wording. */
export function idsOf(list: Fact<MessageList>): readonly string[] {
  return list.state === 'known' ? list.value.hits.map((hit: MessageHit) => hit.id) : []
}

export function cpu(vendor: CpuFacts['vendor'], flags: readonly string[] = []): Fact<CpuFacts> {
  return known({ vendor, model: `${vendor} test CPU`, flags, physicalBits: 39 }, '/proc/cpuinfo')
}

export function kernel(release: string, architecture: string = 'x86_64'): Fact<KernelFacts> {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.-]/).map(Number)
  return known({ release, version: [major, minor, patch || 0], architecture }, '/proc/sys/kernel/osrelease')
}

export function environment(patch: Partial<EnvironmentFacts> = {}): Fact<EnvironmentFacts> {
  return known({ hypervisor: null, container: null, xenDom0: false, wsl: false, ...patch }, '/proc/cpuinfo')
}

export interface ModulesPatch {
  readonly loaded?: readonly string[]
  readonly builtin?: readonly string[]
  readonly loadable?: readonly string[]
  readonly supported?: boolean
  readonly locked?: boolean
  readonly directory?: boolean
  readonly parameters?: ModuleFacts['parameters']
}

export function modules(patch: ModulesPatch): Fact<ModuleFacts> {
  const value: ModuleFacts = {
    loaded: known(patch.loaded ?? [], '/proc/modules'),
    builtin: known(patch.builtin ?? [], 'modules.builtin'),
    loadable: known(patch.loadable ?? [], 'modules.dep'),
    supported: known(patch.supported ?? true, '/proc/modules'),
    locked: known(patch.locked ?? false, '/proc/sys/kernel/modules_disabled'),
    directory: known(patch.directory ?? true, '/lib/modules'),
    parameters: patch.parameters ?? {},
  }
  return known(value, '/proc/modules')
}

/** A configuration space whose every field is known and plain, but for what is given. */
export function config(patch: Partial<ConfigSpace> = {}): ConfigSpace {
  const no = known(false, SOURCE)
  const none = known(null, SOURCE)
  return {
    length: 4096,
    dead: false,
    command: 0x6,
    interruptPin: 1,
    secondaryBus: none,
    subordinateBus: none,
    pcieType: known('endpoint', SOURCE),
    flr: no,
    afFlr: no,
    pm: none,
    msi: none,
    msix: none,
    acs: none,
    sriov: none,
    ari: no,
    rebar: none,
    ats: no,
    pasid: no,
    ...patch,
  }
}
