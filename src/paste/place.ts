import type { Address } from '../model/pci.ts'
import type { LspciBlock } from '../parse/lspci.ts'
import { LspciTree } from '../parse/lspci-tree.ts'
import type { PasteLine } from './lines.ts'

/** A definition of a guest that goes over several lines. */
export interface GuestState {
  xml: boolean
  /** Lines of the definition in a row that look like no XML. */
  alien: number
  qemu: { readonly line: number; text: string } | null
}

/** The lspci block that the next lines may belong to. */
export interface OpenBlock {
  readonly block: LspciBlock
  readonly lines: string[]
  readonly bytes: number[]
}

/** A setting of a configuration.nix that goes over several lines. */
export interface NixSetting {
  readonly name: string
  /** It is about the initrd. */
  readonly initrd: boolean
  readonly line: number
  /** It is one of the kernel's; else a list that others may join. */
  readonly settles: boolean
  readonly lines: string[]
}

/** Where in the post we are: the listing that the next line may go on with. */
export interface Place {
  block: OpenBlock | null
  tree: LspciTree
  group: number | null
  /** The IOMMU unit that the groups below it stand on (`IOMMU: dmar0`). */
  unit: string | null
  /** The command last typed: what the lines below answer. */
  command: string
  /** The line it stood in. */
  commandLine: number
  /** It stood behind a bare sign, or none at all. */
  sign: boolean
  /** The first lines below it. */
  answer: PasteLine[]
  /** The directory where the shell stands, as far as prompts and `cd` tell. */
  directory: string | null
  /** The file whose content the next lines are (`cat FILE`, `==> FILE <==`). */
  file: string | null
  /** Lines since the last attempt, for the error that belongs to it. */
  sinceAttempt: number
  lsmod: boolean
  /** A log without times, from its banner on. */
  bareLog: boolean
  /** Columns of a table of `pvesh get …/hardware/pci`. */
  columns: readonly string[] | null
  /** Fields of the JSON object that is open. */
  readonly object: Map<string, string>
  /** The device that `virsh nodedev-dumpxml` is about, and the group whose members it lists. */
  nodedev: { readonly address: Address; driver: string | null; pci: boolean; group: number | null } | null
  /** The function that the lines of lshw, `lspci -vmm` or ethtool are about. */
  about: Address | null
  /** The driver that ethtool names before the address. */
  ethtool: string | null
  /** What `lxc info --resources` said so far of the device that its lines are about. */
  resource: {
    readonly vendorId?: string
    readonly deviceId?: string
    readonly name?: string
    readonly address?: Address
  } | null
  /** The section of dmidecode. */
  dmi: 'bios' | 'system' | 'board' | null
  guest: GuestState
  nix: {
    open: NixSetting | null
    /** How deep in the set of the initrd. */
    depth: number
    /** Lists of ids by the names that the configuration gives them. */
    readonly ids: Map<string, readonly string[]>
  }
}

export function startOfPost(): Place {
  return {
    block: null,
    tree: new LspciTree(),
    group: null,
    unit: null,
    command: '',
    commandLine: 0,
    sign: false,
    answer: [],
    directory: null,
    file: null,
    sinceAttempt: 99,
    lsmod: false,
    bareLog: false,
    columns: null,
    object: new Map(),
    nodedev: null,
    about: null,
    ethtool: null,
    resource: null,
    dmi: null,
    guest: { xml: false, alien: 0, qemu: null },
    nix: { open: null, depth: 0, ids: new Map() },
  }
}
