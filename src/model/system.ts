import type { Fact } from './fact.ts'

export interface OsFacts {
  /** `ID` of os-release, lower case. */
  readonly id: string
  readonly like: readonly string[]
  readonly name: string
  readonly version: string | null
  /** Variants that change the advice. */
  readonly flavour: 'plain' | 'proxmox' | 'ostree' | 'nixos' | 'unraid' | 'truenas' | 'talos' | 'transactional'
}

export interface KernelFacts {
  readonly release: string
  /** [major, minor, patch] */
  readonly version: readonly [number, number, number]
  readonly architecture: string
}

export interface CpuFacts {
  readonly vendor: 'intel' | 'amd' | 'hygon' | 'zhaoxin' | 'arm' | 'riscv' | 'power' | 's390' | 'other'
  readonly model: string | null
  readonly flags: readonly string[]
  /** "address sizes: N bits physical", where the kernel prints it. */
  readonly physicalBits: number | null
}

/** DMI texts; null is "the firmware gives none". */
export interface BoardFacts {
  readonly system: string | null
  readonly board: string | null
  readonly biosVendor: string | null
  readonly biosVersion: string | null
  readonly biosDate: string | null
}

/** What stands between us and the hardware. */
export interface EnvironmentFacts {
  readonly hypervisor: string | null
  readonly container: string | null
  readonly xenDom0: boolean
  readonly wsl: boolean
}

export interface DeviceNode {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whether this process may open it for reading and writing, by mode and owner. */
  readonly accessible: boolean
}

export interface NodeFacts {
  /** null: known not to exist. */
  readonly kvm: Fact<DeviceNode | null>
  readonly vfio: Fact<DeviceNode | null>
  readonly iommufd: Fact<DeviceNode | null>
  /** /dev/vfio/N and /dev/vfio/noiommu-N, by group name. */
  readonly groups: Fact<readonly DeviceNode[]>
}

export interface LimitFacts {
  /** RLIMIT_MEMLOCK soft and hard, in bytes; null is unlimited. */
  readonly memlockSoft: number | null
  readonly memlockHard: number | null
}

export interface MemoryFacts {
  readonly totalBytes: number
  readonly availableBytes: number | null
  readonly hugePagesTotal: number
  readonly hugePagesFree: number
  readonly hugePageBytes: number
}

export interface SecurityFacts {
  /** null: this kernel has no lockdown. */
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | null
  readonly secureBoot: boolean | null
}

export interface Identity {
  readonly uid: number
  readonly user: string | null
  readonly groups: readonly string[]
}
