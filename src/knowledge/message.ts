import type { Family } from '../model/family.ts'

/** Who prints it: a subsystem of the kernel, or a program. */
export type Layer =
  | 'driver-core'
  | 'vfio'
  | 'iommu-core'
  | 'iommu-intel'
  | 'iommu-amd'
  | 'iommu-arm'
  | 'pci'
  | 'kvm'
  | 'framebuffer'
  | 'security'
  | 'qemu'
  | 'libvirt'
  | 'lxd'
  | 'proxmox'
  | 'kmod'
  | 'kubevirt'
  | 'shell'
  | 'dpdk'
  | 'rust-vmm'
  | 'truenas'
  | 'xen'

/**
 * What a placeholder takes, never more than the line holds up to the next literal piece:
 * `device` a PCI address with or without its domain (`bdf`: without, `dbdf`: with), `number` decimal with an optional
 * sign, `hex` with or without 0x, `word` no blank, `text` anything, `rest` anything up to the end of the line.
 */
export type Kind = 'device' | 'bdf' | 'dbdf' | 'number' | 'hex' | 'word' | 'text' | 'rest'

/** A message as the tables hold it, under its id. */
export interface MessageEntry {
  /** One word for one meaning: wordings that differ by version share it. Default: the id. */
  readonly topic?: string
  /** Source file that prints it, in the kernel or in the program of its layer. */
  readonly file: string
  /**
   * The words, with `{name:kind}` for what varies (`{name}`: the kind of that name, else `text`). What dev_printk puts
   * in front (`vfio-pci 0000:01:00.0: `) is not part of it; the matcher looks for it by itself.
   */
  readonly text: string
  /** A line that has it. */
  readonly example: string
  /** Versions whose source was read and has it, and the nearest ones that do not. */
  readonly since: string
  readonly severity: 'error' | 'warn' | 'info'
  /** `healthy`: harmless, often taken for a fault. */
  readonly family: Family
  /** What it means, in our words. */
  readonly meaning: string
  /** Whether the line names the device that it is about. Default: it does not. */
  readonly names?: 'device'
  /**
   * Too few words to be told from other text that holds them: taken only where it is the whole message, from the dress
   * or the prefix to the end of the line, and behind a device where it names one.
   */
  readonly alone?: true
}

/** A message with all that is implied filled in. Where it was read stays in the tables. */
export interface Message extends Omit<MessageEntry, 'file' | 'since' | 'names' | 'alone'> {
  readonly id: string
  readonly topic: string
  readonly layer: Layer
  readonly names: 'device' | 'nothing'
  readonly alone: boolean
  /** Not a fault, whatever it sounds like. */
  readonly harmless: boolean
}
