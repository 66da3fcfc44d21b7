import type { Fact } from './fact.ts'

/** `DDDD:BB:DD.F` in lower-case hexadecimal; the domain has four digits or more (VMD domains start at 10000). */
export type Address = string

/** Device/port type of the PCI Express capability (PCIe base specification 7.5.3.2; include/uapi/linux/pci_regs.h). */
export type PcieType =
  | 'endpoint'
  | 'legacy-endpoint'
  | 'root-port'
  | 'upstream-port'
  | 'downstream-port'
  | 'pcie-to-pci-bridge'
  | 'pci-to-pcie-bridge'
  | 'rc-integrated-endpoint'
  | 'rc-event-collector'

/** ACS capability and control words: the same bits in both (PCIe base specification 7.7.11). */
export interface AcsCapability {
  readonly capability: number
  readonly control: number
}

export interface SriovCapability {
  readonly enabled: boolean
  readonly initialVfs: number
  readonly totalVfs: number
  readonly numVfs: number
  readonly vfDeviceId: number
}

/**
 * What the configuration space says. `null` is "this function has no such capability"; a list that could not be
 * walked to its end (64 bytes read without privilege, no extended space) leaves the field unknown instead.
 */
export interface ConfigSpace {
  /** Bytes that could be read: 64 without privilege, 256 or 4096 otherwise. */
  readonly length: number
  /** Every byte read 0xff: off the bus, or asleep in D3cold. */
  readonly dead: boolean
  readonly command: number
  readonly interruptPin: number
  readonly secondaryBus: Fact<number | null>
  readonly subordinateBus: Fact<number | null>
  readonly pcieType: Fact<PcieType | null>
  readonly flr: Fact<boolean>
  readonly afFlr: Fact<boolean>
  /** PM capability: current D-state 0..3 and No_Soft_Reset; null where there is no PM capability. */
  readonly pm: Fact<{ readonly state: number; readonly noSoftReset: boolean } | null>
  readonly msi: Fact<{ readonly enabled: boolean; readonly maskable: boolean } | null>
  readonly msix: Fact<{ readonly enabled: boolean; readonly size: number } | null>
  readonly acs: Fact<AcsCapability | null>
  readonly sriov: Fact<SriovCapability | null>
  readonly ari: Fact<boolean>
  /** Resizable BAR: index, current size and the sizes offered, in bytes. */
  readonly rebar: Fact<readonly ResizableBar[] | null>
  readonly ats: Fact<boolean>
  readonly pasid: Fact<boolean>
}

export interface ResizableBar {
  readonly index: number
  readonly size: number
  readonly sizes: readonly number[]
}

/** One line of the `resource` attribute (ABI/testing/sysfs-bus-pci): 0..5 are the BARs, 6 the ROM, 7..12 the VF BARs. */
export interface Resource {
  readonly index: number
  readonly kind: 'memory' | 'io' | 'other'
  readonly start: bigint
  readonly end: bigint
  readonly size: bigint
  readonly prefetchable: boolean
  readonly is64bit: boolean
  /** A BAR that the device has and that got no address (flags 0x20000000, or a start of 0 with non-zero flags). */
  readonly unassigned: boolean
  readonly flags: number
}

/**
 * One PCI function. A null value is known absence ("no driver", "no group", "the kernel has no such attribute");
 * an unknown fact is not.
 */
export interface PciFunction {
  readonly address: Address
  /** Four lower-case hex digits each. */
  readonly vendorId: Fact<string>
  readonly deviceId: Fact<string>
  readonly subsystem: Fact<string | null>
  /** 24 bits: base class, subclass, programming interface. */
  readonly class: Fact<number>
  readonly revision: Fact<number>
  /** Name from the host's pci.ids, or from the pasted listing. */
  readonly name: Fact<string | null>
  /** 0 endpoint, 1 PCI bridge, 2 CardBus (configuration byte 0x0e, bits 6:0). */
  readonly headerType: Fact<number>
  readonly multifunction: Fact<boolean>
  readonly driver: Fact<string | null>
  /** The module of that driver by its link in sysfs; null where it has none, since it is built into the kernel. */
  readonly driverModule: Fact<string | null>
  /** Host drivers that could claim it (modules.alias, or lspci's "Kernel modules"). */
  readonly kernelModules: Fact<readonly string[]>
  readonly driverOverride: Fact<string | null>
  /** A `vfio-dev/` directory (6.1 and later): bound to vfio-pci or to a variant driver. */
  readonly vfioDev: Fact<boolean>
  readonly group: Fact<number | null>
  /** Name of the IOMMU unit in front of it (dmar0, ivhd0, smmu3.0x…). */
  readonly iommuUnit: Fact<string | null>
  /** The bridge directly above; null on a root bus. */
  readonly parent: Fact<Address | null>
  readonly physicalFunction: Fact<Address | null>
  readonly virtualFunctions: Fact<readonly Address[]>
  readonly sriovTotalVfs: Fact<number | null>
  readonly sriovNumVfs: Fact<number | null>
  readonly sriovAutoprobe: Fact<boolean | null>
  readonly bootVga: Fact<boolean | null>
  readonly resources: Fact<readonly Resource[]>
  /** `reset_method` (5.15 and later); null where the kernel has no such attribute. */
  readonly resetMethods: Fact<readonly string[] | null>
  /** Whether the `reset` attribute exists: at least one method is offered. */
  readonly resettable: Fact<boolean>
  /** `power_state`: D0, D1, D2, D3hot, D3cold, unknown, error; null before 5.11. */
  readonly powerState: Fact<string | null>
  readonly runtimeStatus: Fact<string | null>
  readonly d3coldAllowed: Fact<boolean | null>
  readonly irq: Fact<number>
  readonly msiIrqs: Fact<number>
  readonly enabled: Fact<boolean>
  readonly numaNode: Fact<number | null>
  readonly config: Fact<ConfigSpace>
  /** What of the host hangs on this function: block devices, network interfaces, DRM cards, sound cards, USB input. */
  readonly uses: Fact<readonly DeviceUse[]>
}

/** Something of the host that stands on a function, and whether the host would miss it now. */
export interface DeviceUse {
  readonly kind: 'disk' | 'network' | 'display' | 'framebuffer' | 'input' | 'sound'
  /** nvme0n1, enp3s0, card0, … */
  readonly name: string
  /** Why taking it would hurt: mounted at /, default route, active console; null when it is idle. */
  readonly inUse: string | null
  readonly source: string
  /** How a person works at the host: on this picture (firmware drew on it, or a monitor is connected), or this keyboard. */
  readonly seat?: 'picture' | 'keyboard'
}

export interface PciList {
  readonly functions: readonly PciFunction[]
  /** Whole, or a part (a paste often shows two devices of forty). */
  readonly complete: boolean
}
