import type { LogLine } from '../model/log.ts'
import type { Address } from '../model/pci.ts'
import type { CpuFacts } from '../model/system.ts'
import { BANNER } from './kernel-log.ts'
import { releaseOfBanner } from './kernel-version.ts'

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
}

/** What the kernel's own boot messages tell of the machine; what they do not show is not there. */
export interface BootLog {
  release?: { readonly value: string; readonly line: number }
  commandLine?: { readonly value: string; readonly line: number }
  board?: { readonly value: string; readonly line: number }
  cpu?: { readonly model: string; readonly vendor: CpuFacts['vendor']; readonly line: number }
  hypervisor?: { readonly value: string; readonly line: number }
  /** Signatures of the ACPI tables, where the kernel listed them (the RSDP line begins the list). */
  tables?: readonly string[]
  secureBoot?: { readonly value: boolean; readonly line: number }
  readonly functions: ReadonlyMap<Address, EnumeratedFunction>
}

const ADDRESS = '[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]'

/** Reads the messages that drivers/pci, the ACPI code and the set-up code print at boot. Linear in the lines. */
export function readBootLog(lines: readonly LogLine[]): BootLog {
  const functions = new Map<Address, EnumeratedFunction>()
  const log: { -readonly [K in keyof BootLog]: BootLog[K] } = { functions }
  const tables: string[] = []
  let listed = false
  const at = (address: Address, line: number): EnumeratedFunction => {
    const known = functions.get(address) ?? { address, line }
    functions.set(address, known)
    return known
  }
  const pci = new RegExp(`^(?:pci|vfio-pci|pcieport|[\\w-]+) (${ADDRESS}): (.*)$`)
  const group = new RegExp(`^(?:iommu: )?Adding device (${ADDRESS}) to group (\\d+)`)
  for (const { text, line } of lines) {
    const found = pci.exec(text)
    if (found !== null) {
      readFunction(found[2] ?? '', () => at(found[1] ?? '', line))
      continue
    }
    const old = group.exec(text)
    if (old !== null) at(old[1] ?? '', line).group = Number(old[2])
    else if (text.startsWith(BANNER)) {
      const value = releaseOfBanner(text)
      if (value !== null) log.release = { value, line }
    } else if (text.startsWith('Command line: ') || text.startsWith('Kernel command line: ')) {
      log.commandLine = { value: text.slice(text.indexOf(': ') + 2), line }
    } else if (text.startsWith('DMI: ')) log.board = { value: text.slice(5), line }
    else if (text.startsWith('Hypervisor detected: ')) log.hypervisor = { value: text.slice(21), line }
    else if (/^(?:smpboot: )?CPU0: /.test(text)) readCpu(text.slice(text.indexOf('CPU0: ') + 6), line, log)
    else if (/^(?:secureboot: )?Secure boot (enabled|disabled)/.test(text)) {
      log.secureBoot = { value: text.includes('enabled'), line }
    } else if (text.startsWith('ACPI: ')) {
      const table = /^ACPI: ([A-Z0-9]{4}) 0x[0-9A-F]{8}/i.exec(text)
      if (table?.[1] === 'RSDP') listed = true
      else if (table?.[1] !== undefined) tables.push(table[1])
    }
  }
  if (listed) log.tables = [...new Set(tables)]
  return log
}

function readFunction(text: string, at: () => EnumeratedFunction): void {
  const typed = /^\[([0-9a-f]{4}):([0-9a-f]{4})\] type ([0-9a-f]{2}) class (0x[0-9a-f]{6})/.exec(text)
  if (typed !== null) {
    const one = at()
    one.vendorId = typed[1] ?? ''
    one.deviceId = typed[2] ?? ''
    one.headerType = Number.parseInt(typed[3] ?? '', 16) & 0x7f
    one.class = Number(typed[4])
    return
  }
  const group = /^Adding to iommu group (\d+)/.exec(text)
  if (group !== null) {
    at().group = Number(group[1])
    return
  }
  const bridge = /^PCI bridge to \[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/.exec(text)
  if (bridge !== null) {
    const secondary = Number.parseInt(bridge[1] ?? '', 16)
    at().buses = { secondary, subordinate: bridge[2] === undefined ? secondary : Number.parseInt(bridge[2], 16) }
    return
  }
  if (text.startsWith('vgaarb: setting as boot')) at().bootVga = true
}

function readCpu(text: string, line: number, log: { cpu?: BootLog['cpu'] }): void {
  const model = text.replace(/ \(family: .*$/, '').trim()
  const vendor = /^Intel|^Genuine Intel/.test(model)
    ? 'intel'
    : /^AMD/.test(model)
      ? 'amd'
      : /^Hygon/.test(model)
        ? 'hygon'
        : 'other'
  log.cpu = { model, vendor, line }
}
