import type { Entry } from '../../../test/support/memory-host.ts'
import { bareTable, dmarTable } from '../acpi.ts'
import { intelUnit } from '../iommu.ts'
import type { Fn } from '../pci.ts'
import type { Scene } from '../scene.ts'
import type { SystemParts } from '../system.ts'
import { ALDER_LAKE } from './alder-lake.ts'

const RELEASE = '6.12.9-200.fc41.x86_64'

export const FEDORA: SystemParts = {
  os: 'fedora',
  osVersion: '41',
  osName: 'Fedora Linux 41 (Workstation Edition)',
  release: RELEASE,
  banner: `Linux version ${RELEASE} (mockbuild@host) (gcc (GCC) 14.2.1 20240912 (Red Hat 14.2.1-3)) #1 SMP PREEMPT_DYNAMIC`,
  cpu: {
    vendor: 'GenuineIntel',
    family: 6,
    model: 151,
    name: '12th Gen Intel(R) Core(TM) i7-12700K',
    flags:
      'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat ht tm syscall nx lm vmx est x2apic avx2 ept vpid',
  },
  commandLine: `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-${RELEASE} root=UUID=3f1c2d4e-0000-4000-8000-00000000000b ro rhgb quiet intel_iommu=on iommu=pt`,
  board: {
    vendor: 'ASUS',
    product: 'System Product Name',
    boardVendor: 'ASUSTeK COMPUTER INC.',
    board: 'PRIME Z690-A',
    biosVendor: 'American Megatrends Inc.',
    biosVersion: '3603',
    biosDate: '07/11/2024',
  },
  efi: true,
  memoryKb: 32_600_000,
  config: {
    CONFIG_INTEL_IOMMU: 'y',
    CONFIG_INTEL_IOMMU_DEFAULT_ON: 'n',
    CONFIG_IRQ_REMAP: 'y',
    CONFIG_AMD_IOMMU: 'y',
    CONFIG_IOMMUFD: 'm',
    CONFIG_VFIO: 'm',
    CONFIG_VFIO_GROUP: 'y',
    CONFIG_VFIO_CONTAINER: 'y',
    CONFIG_VFIO_DEVICE_CDEV: 'n',
    CONFIG_VFIO_PCI: 'm',
    CONFIG_VFIO_PCI_CORE: 'm',
    CONFIG_VFIO_IOMMU_TYPE1: 'm',
    CONFIG_KVM: 'm',
    CONFIG_MODULES: 'y',
  },
  loaded: ['kvm', 'kvm_intel', 'irqbypass', 'i915', 'nouveau', 'nvme', 'igc', 'iwlwifi', 'snd_hda_intel'],
  builtin: ['ahci', 'xhci_pci'],
  loadable: ['vfio', 'vfio_pci', 'vfio_pci_core', 'vfio_iommu_type1', 'iommufd'],
  parameters: { 'kvm.ignore_msrs': 'N', 'kvm_intel.nested': 'Y' },
  chips: ['IR-IO-APIC', 'IR-PCI-MSI-0000:00:14.0', 'DMAR-MSI'],
}

/** Firmware hands over a DMAR table when VT-d is on in its setup. */
export const DMAR: Record<string, Entry> = {
  '/sys/firmware/acpi/tables/DMAR': dmarTable({
    flags: 5,
    units: [0xfed90000, 0xfed91000],
    reserved: [{ base: 0x7c000000, end: 0x803fffff, device: 2, fn: 0 }],
  }),
}

export const TABLES: Record<string, Entry> = {
  '/sys/firmware/acpi/tables/FACP': bareTable('FACP'),
  '/sys/firmware/acpi/tables/MCFG': bareTable('MCFG'),
  '/sys/firmware/acpi/tables/APIC': bareTable('APIC'),
}

export const UNITS: Record<string, Entry> = {
  ...intelUnit('dmar0', '1c0000c40660462', '29a00f0505e'),
  ...intelUnit('dmar1', 'd2008c40660462', 'f050da'),
}

export const USES: NonNullable<Scene['uses']> = {
  disks: [{ at: '02:00.0', name: 'nvme0n1', partitions: ['nvme0n1p1', 'nvme0n1p2'], below: 'nvme/nvme0/' }],
  network: [
    { at: '03:00.0', name: 'eth0', up: true },
    { at: '00:14.3', name: 'wlan0', up: false },
  ],
  displays: [
    { at: '00:02.0', card: 1, connected: ['DP-1'] },
    { at: '01:00.0', card: 0, connected: [] },
  ],
  sounds: [
    { at: '00:1f.3', card: 0 },
    { at: '01:00.1', card: 1 },
  ],
  keyboards: [{ at: '00:14.0', input: 5, name: 'USB Keyboard' }],
}

export const ON_LOG: Scene['log'] = [
  [0.004, 'ACPI: DMAR 0x000000006F4D1000 000088 (v02 INTEL  EDK2     00000002      01000013)'],
  [0.03, 'DMAR: IOMMU enabled'],
  [0.11, 'DMAR: Host address width 39'],
  [0.11, 'DMAR: DRHD base: 0x000000fed90000 flags: 0x0'],
  [0.11, 'DMAR: dmar0: reg_base_addr fed90000 ver 4:0 cap 1c0000c40660462 ecap 29a00f0505e'],
  [0.11, 'DMAR: DRHD base: 0x000000fed91000 flags: 0x1'],
  [0.11, 'DMAR: dmar1: reg_base_addr fed91000 ver 5:0 cap d2008c40660462 ecap f050da'],
  [0.11, 'DMAR: RMRR base: 0x0000007c000000 end: 0x000000803fffff'],
  [0.12, 'DMAR-IR: Enabled IRQ remapping in x2apic mode'],
  [0.38, 'iommu: Default domain type: Passthrough (set via kernel command line)'],
  [0.42, 'pci 0000:01:00.0: Adding to iommu group 14'],
  [0.42, 'pci 0000:01:00.1: Adding to iommu group 14'],
  [0.45, 'DMAR: Intel(R) Virtualization Technology for Directed I/O'],
]

export const MSI_WINDOW = '0x00000000fee00000 0x00000000feefffff msi'

/** The functions as they stand where no IOMMU is in effect. */
export function ungrouped(functions: readonly Fn[]): readonly Fn[] {
  return functions.map(({ group: _group, unit: _unit, ...fn }) => fn)
}

export const intelDesktopHealthy: Scene = {
  slug: 'intel-desktop-healthy',
  what: 'An Intel desktop with VT-d on, that shows its screen on the graphics of the processor; the graphics card has a group of its own',
  healthy: true,
  questions: [
    { name: 'host', devices: [] },
    { name: 'gpu', devices: ['01:00.0'] },
  ],
  system: FEDORA,
  functions: ALDER_LAKE,
  pci: {
    kernel: 612,
    unit: 'dmar1',
    groupType: 'identity',
    usualReserved: [MSI_WINDOW],
    reserved: { 0: ['0x000000007c000000 0x00000000803fffff direct-relaxable'] },
  },
  uses: USES,
  log: ON_LOG,
  files: { ...TABLES, ...DMAR, ...UNITS },
}
