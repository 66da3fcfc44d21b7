import type { Address } from './pci.ts'

export interface HostDevice {
  /** null where the definition names a mapping, a vendor:device pair or an mdev. */
  readonly address: Address | null
  readonly managed: boolean | null
  readonly romFile: string | null
  /** Proxmox `0000:01:00` without a function: every function of the slot. */
  readonly allFunctions: boolean
  readonly options: Readonly<Record<string, string>>
  /** The line or element as written. */
  readonly text: string
}

/** A virtual machine as it is defined: libvirt domain, Proxmox configuration, or a QEMU command line. */
export interface GuestDefinition {
  readonly name: string
  readonly manager: 'libvirt' | 'proxmox' | 'qemu'
  readonly machine: string | null
  readonly firmware: 'uefi' | 'bios' | null
  readonly memoryBytes: number | null
  readonly hostDevices: readonly HostDevice[]
  readonly running: boolean | null
  readonly source: string
}

/** What somebody did by hand, as a pasted shell session shows it. Never collected on a live host. */
export interface Attempt {
  readonly kind:
    | 'new-id'
    | 'remove-id'
    | 'bind'
    | 'unbind'
    | 'override'
    | 'drivers-probe'
    | 'modprobe'
    | 'insmod'
    | 'sriov-numvfs'
    | 'mdev-create'
    /** A look at the types of parts that a device offers. */
    | 'mdev-types'
    | 'start-guest'
    | 'reset'
    | 'reset-method'
    | 'other'
  readonly command: string
  readonly address: Address | null
  /** `vvvv:dddd`. */
  readonly deviceId: string | null
  readonly driver: string | null
  /** The words written to `reset_method`. */
  readonly value?: string
  /** The error that came back, if any (`No such device`). */
  readonly error: string | null
  /** The error came from opening the file that was to be written; absent where that is not so, or not told. */
  readonly opening?: true
  readonly line: number
}
