import type { Attempt } from '../model/guests.ts'
import type { LogLine } from '../model/log.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { Address } from '../model/pci.ts'
import type { DeviceNode } from '../model/system.ts'
import type { LspciBlock } from '../parse/lspci.ts'
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
  readonly group?: number
  readonly parent?: Address | null
  readonly vendorId?: string
  readonly deviceId?: string
}

export interface WrittenParameters {
  readonly text: string
  readonly line: number
  /** Running: this boot has it. Configured: somebody wrote it somewhere. Generated: the boot loader will pass it. */
  readonly layer: 'running' | 'configured' | 'generated'
  readonly where: string
}

/** Everything found in a post, in its order, before it is put together. */
export interface Gleaned {
  readonly blocks: LspciBlock[]
  readonly sightings: Sighting[]
  /** Group by address, where a grouping script listed it. */
  readonly logLines: LogLine[]
  /** Lines that are no listing: program output, errors, prose. Messages are looked for here too. */
  readonly others: PasteLine[]
  readonly parameters: WrittenParameters[]
  readonly modprobe: ModprobeDirective[]
  readonly loadAtBoot: { readonly module: string; readonly path: string }[]
  readonly loaded: At<string>[]
  /** A whole `lsmod`, with its head line. */
  wholeLsmod: boolean
  readonly attempts: Attempt[]
  readonly nodes: DeviceNode[]
  /** `ls /dev/vfio` or the like was shown. */
  nodesShown: boolean
  readonly osRelease: string[]
  readonly cpuInfo: string[]
  readonly domainXml: string[]
  readonly qemu: At<string>[]
  readonly proxmox: At<string>[]
  readonly config: At<readonly [string, string]>[]
  release?: At<string>
  osName?: At<string>
  memlock?: At<number | null>
}

export function nothingGleaned(): Gleaned {
  return {
    blocks: [],
    sightings: [],
    logLines: [],
    others: [],
    parameters: [],
    modprobe: [],
    loadAtBoot: [],
    loaded: [],
    wholeLsmod: false,
    attempts: [],
    nodes: [],
    nodesShown: false,
    osRelease: [],
    cpuInfo: [],
    domainXml: [],
    qemu: [],
    proxmox: [],
    config: [],
  }
}
