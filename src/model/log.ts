import type { Family } from './family.ts'
import type { Address } from './pci.ts'

export interface LogLine {
  /** The message alone, control characters removed. */
  readonly text: string
  /** Seconds since boot, where the line says so. */
  readonly time: number | null
  /** Wall-clock words as printed (`Feb 23 19:46:46`, ISO), where there are any. */
  readonly wall: string | null
  /** 0 emergency .. 7 debug. */
  readonly level: number | null
  /** 1-based line in the source. */
  readonly line: number
}

export interface KernelLog {
  readonly lines: readonly LogLine[]
  /** Whether it reaches back to the start of this boot; only then does a missing line prove anything. */
  readonly fromBoot: boolean
}

/**
 * A message in somebody's sentence is no line of a log. `told`: a report that ends in it; `quoted`: talk about it, as in
 * a question; `over`: the sentence says that it does not come, or not any more.
 */
export type InProse = 'told' | 'quoted' | 'over'

/** A message of the knowledge tables, met in the kernel log, in a program's output or in a paste. */
export interface MessageHit {
  /** Id of the message in src/knowledge/messages. */
  readonly id: string
  /** Who prints it: a part of the kernel (vfio, pci, iommu-intel …), or qemu, libvirt, proxmox, kmod, shell. */
  readonly layer: string
  /** What it means, in one word: wordings that differ by version share it. */
  readonly topic: string
  readonly family: Family
  readonly severity: 'error' | 'warn' | 'info'
  /** Not a fault, whatever it sounds like. */
  readonly harmless: boolean
  /** A sentence. */
  readonly meaning: string
  /** The line as it stood, cleaned. */
  readonly text: string
  readonly line: number
  readonly time: number | null
  readonly wall: string | null
  /** The device that it names, where it names one. */
  readonly device: Address | null
  /** The parts that vary, by name or by position ("1", "2", …). */
  readonly values: Readonly<Record<string, string>>
  readonly source: string
  /** How it stands in a sentence; absent where it has its line for itself. */
  readonly prose?: InProse
}

export interface MessageList {
  readonly hits: readonly MessageHit[]
  /** Whether the text searched reaches back to the start of this boot. */
  readonly fromBoot: boolean
  /** Hits of a flood that were left out; absent where none was. */
  readonly dropped?: number
}

/** Somebody looked where signs of an IOMMU would stand, and the answer was empty. */
export interface EmptySearch {
  readonly command: string
  /** ACPI tables (DMAR, IVRS) of which the answer would have told. */
  readonly tables: readonly ('DMAR' | 'IVRS')[]
  /** It would have told of devices that joined a group. */
  readonly groups: boolean
  /** A kernel log may have lost its start; the directory of the tables has them all. */
  readonly place: 'log' | 'directory'
  /** Only told in a sentence, and not shown. */
  readonly told: boolean
  readonly source: string
}
