import type { LogLine } from '../model/log.ts'
import type { Address } from '../model/pci.ts'
import type { CpuFacts } from '../model/system.ts'
import { BANNER } from './kernel-log.ts'
import { releaseOfBanner } from './kernel-version.ts'
import { parseAddress } from './pci-address.ts'

/** A function as the kernel met it while it enumerated the bus. */
export interface EnumeratedFunction {
  readonly address: Address
  readonly line: number
  vendorId?: string
  deviceId?: string
  headerType?: number
  class?: number
  group?: number
  buses?: { readonly secondary: number; readonly subordinate: number }
  bootVga?: boolean
  /** vfio-pci, where it spoke of the device as its own. */
  driver?: string
}

/** An IOMMU unit as the kernel found it; capability registers in hexadecimal digits. */
export interface LoggedUnit {
  readonly name: string
  readonly kind: 'intel' | 'amd'
  readonly line: number
  readonly cap?: string
  readonly ecap?: string
}

interface At<T> {
  readonly value: T
  readonly line: number
}

/** What the kernel's own boot messages tell of the machine; what they do not show is not there. */
export interface BootLog {
  release?: At<string>
  /** The whole of the banner's line: it names who built the kernel. */
  banner?: string
  commandLine?: At<string>
  board?: At<string>
  cpu?: { readonly model: string; readonly vendor: CpuFacts['vendor']; readonly line: number }
  hypervisor?: At<string>
  /** Signatures of the ACPI tables, where the kernel listed them (the RSDP line begins the list). */
  tables?: readonly string[]
  secureBoot?: At<boolean>
  efi?: At<true>
  architecture?: At<string>
  /** Interrupts are remapped. */
  remapping?: At<true>
  /** The ACPI table of an IOMMU that the kernel met: in its list of tables, or as it read the table. */
  iommuTable?: At<'DMAR' | 'IVRS'>
  readonly units: readonly LoggedUnit[]
  /** A unit of these came into operation: the IOMMU is on. */
  unitsOn?: number
  /** Devices in IOMMU groups that are not PCI functions. */
  readonly otherMembers: readonly { readonly id: number; readonly name: string; readonly line: number }[]
  readonly functions: ReadonlyMap<Address, EnumeratedFunction>
}

type Growing = { -readonly [K in keyof BootLog]: BootLog[K] } & {
  readonly units: LoggedUnit[]
  readonly otherMembers: { id: number; name: string; line: number }[]
  readonly functions: Map<Address, EnumeratedFunction>
}

const DEVICE = /^(?:iommu: )?([\w-]{2,40}) ([0-9a-f]{4,8}:[0-9a-f:.]{7}): (.*)$/
const OLD_GROUP = /^(?:iommu: )?Adding device ([0-9a-f]{4,8}:[0-9a-f:.]{7}) to group (\d{1,6})/

/** Reads the messages that drivers/pci, the ACPI code and the set-up code print at boot. Linear in the lines. */
export function readBootLog(lines: readonly LogLine[]): BootLog {
  const log: Growing = { functions: new Map(), units: [], otherMembers: [] }
  const tables = { listed: false, names: new Set<string>() }
  const at = (text: string, line: number): EnumeratedFunction | null => {
    const address = parseAddress(text)
    if (address === null) return null
    const known = log.functions.get(address) ?? { address, line }
    log.functions.set(address, known)
    return known
  }
  for (const { text, line } of lines) {
    const device = DEVICE.exec(text)
    const old = device === null && text.includes('Adding device ') ? OLD_GROUP.exec(text) : null
    if (device !== null && device[1] !== 'vfio') {
      const [, driver = '', name = '', said = ''] = device
      readFunction(said, driver, () => at(name, line))
      readAmdUnit(said, line, log)
    } else if (old !== null) {
      const one = at(old[1] ?? '', line)
      if (one !== null) one.group = Number(old[2])
    } else if (text.startsWith('ACPI: ')) readTable(text, line, tables, log)
    else if (/^(?:DMAR|dmar: |AMD-Vi: )/.test(text)) readIommu(text, line, log)
    else if (text.includes(': Adding to iommu group ')) readOther(text, line, log)
    else readMachine(text, line, log)
  }
  if (tables.listed) log.tables = [...tables.names]
  return log
}

function readFunction(text: string, driver: string, at: () => EnumeratedFunction | null): void {
  const typed = /^\[([0-9a-f]{4}):([0-9a-f]{4})\] type ([0-9a-f]{2}) class (0x[0-9a-f]{6})/.exec(text)
  const group = /^(Adding to|Removing from|Failed to add to) iommu group (\d{1,6})/.exec(text)
  const bridge = /^PCI bridge to \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/.exec(text)
  const own =
    driver === 'vfio-pci' &&
    /^(?:enabling device|vgaarb: (?:changed|deactivate)|vfio_ecap_init|resetting|reset done)/.test(text)
  const boot = text.startsWith('vgaarb: setting as boot')
  if (typed === null && group === null && bridge === null && !own && !boot) return
  const one = at()
  if (one === null) return
  if (typed !== null) {
    one.vendorId = typed[1] ?? ''
    one.deviceId = typed[2] ?? ''
    // 7f is what a function reads that does not answer: the kernel ignores it, and its kind stays what it was before
    // (pci_setup_device in drivers/pci/probe.c).
    const header = Number.parseInt(typed[3] ?? '', 16) & 0x7f
    if (header > 2) return
    one.headerType = header
    one.class = Number(typed[4])
  } else if (group !== null) {
    // What follows a failure is for its own message to say; the group of before is gone in either case.
    if (group[1] === 'Adding to') one.group = Number(group[2])
    else delete one.group
  } else if (bridge !== null) {
    const secondary = Number.parseInt(bridge[1] ?? '', 16)
    one.buses = { secondary, subordinate: bridge[2] === undefined ? secondary : Number.parseInt(bridge[2], 16) }
  } else if (own) one.driver = driver
  else one.bootVga = true
}

/** `platform idma64.0: Adding to iommu group 17`: a device that is no PCI function. */
function readOther(text: string, line: number, log: Growing): void {
  const found = /^[\w-]{2,40} ([\w.:@-]{1,80}): Adding to iommu group (\d{1,6})$/.exec(text)
  if (found === null || log.otherMembers.length >= 1000) return
  log.otherMembers.push({ id: Number(found[2]), name: found[1] ?? '', line })
}

function readTable(text: string, line: number, tables: { listed: boolean; names: Set<string> }, log: Growing): void {
  const table = /^ACPI: ([A-Z0-9_]{4}) (?:0x)?[0-9A-F]{8}/i.exec(text)?.[1]
  if (table === 'RSDP') tables.listed = true
  else if (table !== undefined) tables.names.add(table)
  if (table === 'DMAR' || table === 'IVRS') log.iommuTable ??= { value: table, line }
}

/** The units, and the words that only a unit in operation or interrupts that are remapped make the kernel print. */
function readIommu(text: string, line: number, log: Growing): void {
  // "IOMMU enabled" only echoes a parameter; these are printed from what the table holds (dmar.c: parse_dmar_table).
  if (/^DMAR: (?:Host address width|DRHD base|RMRR base|dmar\d)/i.test(text)) log.iommuTable ??= { value: 'DMAR', line }
  // dmar_parse_one_drhd / alloc_iommu in drivers/iommu/intel/dmar.c, init in iommu.c, irq_remapping.c.
  const unit = /^DMAR: (dmar\d{1,4}): reg_base_addr \w+ ver \S+ cap ([0-9a-f]{1,16}) ecap ([0-9a-f]{1,16})/.exec(text)
  if (unit !== null) {
    const [, name = '', cap = '', ecap = ''] = unit
    if (!log.units.some((one) => one.name === name)) log.units.push({ name, kind: 'intel', line, cap, ecap })
  } else if (text.startsWith('DMAR: Intel(R) Virtualization Technology for Directed I/O')) log.unitsOn = line
  else if (/^DMAR-IR: Enabled IRQ remapping in |^AMD-Vi: Interrupt remapping enabled/.test(text)) {
    log.remapping = { value: true, line }
  } else readAmdUnit(text, line, log)
}

/** `Found IOMMU cap 0x40` behind the unit's own address, `AMD-Vi: Found IOMMU at 0000:00:00.2 cap 0x40` before 5.x. */
function readAmdUnit(text: string, line: number, log: Growing): void {
  if (!/^AMD-Vi: Found IOMMU (?:at \S+ )?cap /.test(text)) return
  const index = log.units.filter((one) => one.kind === 'amd').length
  if (index < 64) log.units.push({ name: `ivhd${index}`, kind: 'amd', line })
  log.unitsOn = line
}

function readMachine(text: string, line: number, log: Growing): void {
  if (text.startsWith(BANNER)) {
    const value = releaseOfBanner(text)
    if (value === null) return
    log.release = { value, line }
    log.banner = text
  } else if (text.startsWith('Command line: ') || text.startsWith('Kernel command line: ')) {
    log.commandLine = { value: text.slice(text.indexOf(': ') + 2), line }
  } else if (/^DMI: (?!Memory slots)/.test(text)) log.board = { value: text.slice(5), line }
  // Behind the model of a device tree stands its mark (setup_machine_fdt in arch/arm64/kernel/setup.c).
  else if (text.startsWith('Hardware name: '))
    log.board ??= { value: text.endsWith(' (DT)') ? text.slice(15, -5) : text.slice(15), line }
  // The same function; with a prefix in arch/arm/kernel/devtree.c.
  else if (text.startsWith('Machine model: ')) log.board = { value: text.slice(15), line }
  else if (text.startsWith('OF: fdt: Machine model: ')) log.board = { value: text.slice(24), line }
  else if (text.startsWith('CPU: ')) {
    // The first line of a trace ends in the release (dump_stack_print_info in lib/dump_stack.c).
    const trace = /^CPU: \d{1,5} (?:UID: \d{1,10} )?PID: \d{1,10} Comm: .{1,60} (\d+\.\d+[\w.+~-]*) #\d/.exec(text)
    if (trace?.[1] !== undefined) log.release ??= { value: trace[1], line }
  } else if (text.startsWith('Hypervisor detected: ')) log.hypervisor = { value: text.slice(21), line }
  else if (/^(?:smpboot: )?CPU0: /.test(text)) readCpu(text.slice(text.indexOf('CPU0: ') + 6), line, log)
  else if (/^(?:secureboot: )?Secure boot (?:enabled|disabled)/.test(text)) {
    log.secureBoot = { value: text.includes('enabled'), line }
  } else if (/^efi: EFI v\d/.test(text)) log.efi = { value: true, line }
  else if (text.startsWith('Booting Linux on physical CPU ')) log.architecture = { value: 'aarch64', line }
}

function readCpu(text: string, line: number, log: Growing): void {
  const model = text.replace(/ \(family: .*$/, '').trim()
  // Model strings of the processors themselves; Hygon's begin with its name.
  const vendor = /\bIntel\b/.test(model)
    ? 'intel'
    : /^AMD\b/.test(model)
      ? 'amd'
      : model.startsWith('Hygon')
        ? 'hygon'
        : 'other'
  log.cpu = { model, vendor, line }
  log.architecture ??= { value: 'x86_64', line }
}
