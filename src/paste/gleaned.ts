import type { Attempt } from '../model/guests.ts'
import type { ReservedRegion } from '../model/iommu.ts'
import type { LogLine } from '../model/log.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { Address } from '../model/pci.ts'
import type { DeviceNode } from '../model/system.ts'
import type { TableRow } from '../parse/acpi-text.ts'
import type { NamedCpu } from '../parse/cpu-listing.ts'
import type { LspciBlock } from '../parse/lspci.ts'
import type { TreeFunction } from '../parse/lspci-tree.ts'
import type { SearchedPlace } from '../parse/search-command.ts'
import type { PasteLine } from './lines.ts'

/** Something read off a line of the post. */
export interface At<T> {
  readonly value: T
  readonly line: number
}

/** What a listing other than lspci says of a function. */
export interface Sighting {
  readonly address: Address
  readonly line: number
  readonly driver?: string | null
  readonly override?: string | null
  readonly group?: number | null
  readonly parent?: Address | null
  readonly vendorId?: string
  readonly deviceId?: string
  readonly class?: number
  readonly name?: string
  readonly unit?: string
}

/** An attribute of a function as sysfs has it: `reset_method`, `power/runtime_status`, … */
export interface AttributeReading {
  readonly address: Address
  readonly name: string
  readonly value: string
  readonly line: number
}

export interface WrittenParameters {
  readonly text: string
  readonly line: number
  /** Running: this boot has it. Configured: somebody wrote it somewhere. Generated: the boot loader will pass it. */
  readonly layer: 'running' | 'configured' | 'generated'
  readonly where: string
}

/** A command that printed nothing, and where it looked. */
export interface EmptyAnswer {
  readonly place: SearchedPlace
  readonly command: string
  readonly line: number
  /** Behind a bare sign: it counts where the signs of this post have answers. */
  readonly sign: boolean
  /** In a sentence. */
  readonly told: boolean
}

/** Everything found in a post, in its order, before it is put together. */
export interface Gleaned {
  readonly blocks: LspciBlock[]
  readonly trees: TreeFunction[]
  readonly sightings: Sighting[]
  readonly attributes: AttributeReading[]
  /** Members of groups that are not PCI functions. */
  readonly otherMembers: { readonly id: number; readonly name: string; readonly line: number }[]
  readonly reserved: { readonly id: number; readonly regions: readonly ReservedRegion[]; readonly line: number }[]
  readonly groupTypes: { readonly id: number; readonly type: string; readonly line: number }[]
  readonly logLines: LogLine[]
  /** Lines that are no listing: program output, errors, prose. Messages are looked for here too. */
  readonly others: PasteLine[]
  readonly parameters: WrittenParameters[]
  readonly modprobe: ModprobeDirective[]
  readonly loadAtBoot: { readonly module: string; readonly path: string }[]
  readonly loaded: At<string>[]
  readonly moduleParameters: At<{ readonly module: string; readonly name: string; readonly value: string }>[]
  readonly attempts: Attempt[]
  readonly nodes: DeviceNode[]
  /** `ls /dev/vfio` or the like was shown. */
  nodesShown: boolean
  readonly osRelease: string[]
  /** Fields of /proc/cpuinfo. */
  readonly cpuInfo: string[]
  /** Processors that other listings name. */
  readonly cpus: At<NamedCpu>[]
  readonly domainXml: string[]
  readonly qemu: At<string>[]
  readonly proxmox: At<string>[]
  readonly config: At<readonly [string, string]>[]
  /** ACPI tables, as iasl or acpidump print them. */
  readonly tables: { readonly signature: string; readonly rows: TableRow[]; readonly line: number; last: number }[]
  /** Where something was left out (`[...]`, `--` of grep), by line. */
  readonly elisions: number[]
  /** The lines of grep, head and tail on what would else be whole. */
  readonly filters: number[]
  /** lsmod, whole or down to the rows of VFIO: a module of VFIO that is not in it is not loaded. */
  vfioModulesShown: boolean
  readonly emptyAnswers: EmptyAnswer[]
  /** Commands behind bare signs have their answers below them. */
  signsAnswered: boolean
  /** A table of the IOMMU that a listing of one or two names shows. */
  tableShown?: At<string>
  tableNames?: { readonly names: string[]; readonly line: number }
  release?: At<string>
  machine?: At<string>
  osName?: At<string>
  memlock?: At<number | null>
  lockdown?: At<string>
  /** /sys/hypervisor/type, and what /proc/xen/capabilities says. */
  hypervisor?: At<string>
  xenCapabilities?: At<string>
  /** Settings of mkinitcpio and dracut, as they stand in the post, by tool. */
  readonly initramfs: { readonly tool: 'mkinitcpio' | 'dracut'; readonly path: string; readonly text: string }[]
  /** Modules in the kernel's list of built-in ones. */
  readonly builtin: At<string>[]
  dmi?: { -readonly [K in 'system' | 'board' | 'biosVendor' | 'biosVersion' | 'biosDate']?: string } & { line: number }
}

/** What is kept of anything: more than any machine has, and bounded. */
export const MOST_ITEMS = 50_000

export function nothingGleaned(): Gleaned {
  return {
    blocks: [],
    trees: [],
    sightings: [],
    attributes: [],
    otherMembers: [],
    reserved: [],
    groupTypes: [],
    logLines: [],
    others: [],
    parameters: [],
    modprobe: [],
    loadAtBoot: [],
    loaded: [],
    moduleParameters: [],
    attempts: [],
    nodes: [],
    nodesShown: false,
    osRelease: [],
    cpuInfo: [],
    cpus: [],
    domainXml: [],
    qemu: [],
    proxmox: [],
    config: [],
    tables: [],
    elisions: [],
    filters: [],
    vfioModulesShown: false,
    emptyAnswers: [],
    initramfs: [],
    builtin: [],
    signsAnswered: false,
  }
}
