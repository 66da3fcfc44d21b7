import type { Fact } from './fact.ts'
import type { Address } from './pci.ts'

/** An IOMMU unit that the kernel drives: an entry of /sys/class/iommu. */
export interface IommuUnit {
  /** dmar0, ivhd0, smmu3.0x…, smmu.0x…, virtio… */
  readonly name: string
  readonly kind: 'intel' | 'amd' | 'smmu' | 'virtio' | 'other'
  /** VT-d capability registers (dmarN/intel-iommu/{cap,ecap}); null for other kinds. */
  readonly cap: Fact<bigint | null>
  readonly ecap: Fact<bigint | null>
  /** Raw text of ivhdN/amd-iommu/features; null for other kinds. */
  readonly features: Fact<string | null>
}

/** A line of `reserved_regions` (ABI/testing/sysfs-kernel-iommu_groups). `end` is inclusive. */
export interface ReservedRegion {
  readonly start: bigint
  readonly end: bigint
  readonly type: 'direct' | 'direct-relaxable' | 'reserved' | 'msi' | 'other'
}

export interface IommuGroup {
  readonly id: number
  /** PCI members. */
  readonly members: readonly Address[]
  /** Nothing lists the group: it is known of some members alone, and there may be others. */
  readonly partial?: true
  /** Members that are not PCI functions (platform devices of ARM hosts). */
  readonly others: readonly string[]
  readonly type: Fact<string | null>
  readonly reserved: Fact<readonly ReservedRegion[]>
}

export interface GroupList {
  readonly groups: readonly IommuGroup[]
  /** Whether the member lists and the list of groups are whole. */
  readonly complete: boolean
}

/** A path from a start bus down (device, function), as ACPI DMAR names devices (VT-d specification 8.3.1). */
export interface DeviceScope {
  readonly kind: 'endpoint' | 'bridge' | 'ioapic' | 'hpet' | 'namespace' | 'other'
  readonly enumerationId: number
  readonly startBus: number
  readonly path: readonly { readonly device: number; readonly function: number }[]
}

export interface DmarTable {
  readonly hostAddressWidth: number
  readonly interruptRemapping: boolean
  readonly x2apicOptOut: boolean
  readonly platformOptIn: boolean
  readonly units: readonly {
    readonly segment: number
    readonly registerBase: bigint
    readonly includeAll: boolean
    readonly scopes: readonly DeviceScope[]
  }[]
  readonly reserved: readonly {
    readonly segment: number
    readonly base: bigint
    readonly end: bigint
    readonly scopes: readonly DeviceScope[]
  }[]
  readonly checksumOk: boolean
}

export interface IvrsTable {
  readonly blocks: readonly {
    readonly type: number
    readonly deviceId: number
    readonly base: bigint
    readonly segment: number
    readonly ioapics: readonly { readonly handle: number; readonly deviceId: number }[]
  }[]
  readonly memory: readonly {
    readonly type: number
    readonly flags: number
    readonly deviceId: number
    readonly endDeviceId: number
    readonly start: bigint
    readonly length: bigint
  }[]
  readonly checksumOk: boolean
}

export interface AcpiFacts {
  /** Names of the tables that firmware offers (DMAR, IVRS, IORT, VIOT, MCFG, …). */
  readonly tables: readonly string[]
  readonly dmar: Fact<DmarTable | null>
  readonly ivrs: Fact<IvrsTable | null>
}
