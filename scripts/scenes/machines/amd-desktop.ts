import type { Entry } from '../../../test/support/memory-host.ts'
import { ivrsTable } from '../acpi.ts'
import { amdUnit } from '../iommu.ts'
import type { Scene } from '../scene.ts'
import { B550 } from './b550.ts'
import { TABLES } from './intel-desktop.ts'

const RELEASE = '6.14.2-arch1-1'
export const amdDesktopHealthy: Scene = {
  slug: 'amd-desktop-healthy',
  what: 'A Ryzen desktop without any IOMMU word on its command line; its only graphics card is bound to vfio-pci at boot',
  healthy: true,
  questions: [
    { name: 'host', devices: [] },
    { name: 'gpu', devices: ['gpu'] },
    { name: 'nic', devices: ['nic'] },
  ],
  system: {
    os: 'arch',
    osVersion: '',
    osName: 'Arch Linux',
    release: RELEASE,
    banner: `Linux version ${RELEASE} (linux@archlinux) (gcc (GCC) 14.2.1 20250207) #1 SMP PREEMPT_DYNAMIC`,
    cpu: {
      vendor: 'AuthenticAMD',
      family: 25,
      model: 33,
      name: 'AMD Ryzen 7 5800X 8-Core Processor',
      flags:
        'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat syscall nx mmxext lm svm x2apic avx2 npt nrip_save',
    },
    commandLine: 'initrd=\\initramfs-linux.img root=UUID=3f1c2d4e-0000-4000-8000-00000000000d rw quiet',
    board: {
      vendor: 'Gigabyte Technology Co., Ltd.',
      product: 'B550 AORUS ELITE V2',
      biosVendor: 'American Megatrends International, LLC.',
      biosVersion: 'F18d',
      biosDate: '10/29/2024',
    },
    efi: true,
    memoryKb: 32_700_000,
    config: {
      CONFIG_AMD_IOMMU: 'y',
      CONFIG_INTEL_IOMMU: 'y',
      CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y',
      CONFIG_IRQ_REMAP: 'y',
      CONFIG_IOMMUFD: 'm',
      CONFIG_VFIO: 'm',
      CONFIG_VFIO_GROUP: 'y',
      CONFIG_VFIO_CONTAINER: 'y',
      CONFIG_VFIO_PCI: 'm',
      CONFIG_VFIO_PCI_CORE: 'm',
      CONFIG_VFIO_IOMMU_TYPE1: 'm',
      CONFIG_KVM: 'm',
      CONFIG_MODULES: 'y',
    },
    loaded: [
      'kvm',
      'kvm_amd',
      'irqbypass',
      'vfio',
      'vfio_iommu_type1',
      'vfio_pci',
      'vfio_pci_core',
      'iommufd',
      'nvme',
      'r8169',
      'snd_hda_intel',
    ],
    builtin: ['ahci', 'xhci_pci'],
    loadable: ['nouveau'],
    parameters: {
      'kvm.ignore_msrs': 'N',
      'vfio_pci.ids': '10de:1b80,10de:10f0',
      'vfio_pci.disable_vga': 'N',
      'vfio_iommu_type1.allow_unsafe_interrupts': 'N',
    },
    chips: ['IR-IO-APIC', 'IR-PCI-MSI-0000:03:00.0'],
    modprobe: { 'vfio.conf': 'options vfio-pci ids=10de:1b80,10de:10f0\nsoftdep nouveau pre: vfio-pci\n' },
  },
  functions: B550,
  pci: {
    kernel: 614,
    unit: 'ivhd0',
    groupType: 'DMA-FQ',
    usualReserved: ['0x00000000fee00000 0x00000000feefffff msi', '0x000000fd00000000 0x000000ffffffffff reserved'],
  },
  uses: {
    disks: [{ at: '03:00.0', name: 'nvme0n1', partitions: ['nvme0n1p1', 'nvme0n1p2'], below: 'nvme/nvme0/' }],
    network: [{ at: '04:00.0', name: 'eth0', up: true }],
    sounds: [{ at: '07:00.4', card: 0 }],
    keyboards: [{ at: '07:00.3', input: 4, name: 'USB Keyboard' }],
  },
  log: [
    [0.004, 'ACPI: IVRS 0x00000000C9A2E000 0000D0 (v02 AMD    AmdTable 00000001 AMD  00000001)'],
    [0.35, 'iommu: Default domain type: Translated'],
    [0.36, 'pci 0000:00:00.2: AMD-Vi: IOMMU performance counters supported'],
    [0.37, 'pci 0000:05:00.0: Adding to iommu group 15'],
    [0.37, 'pci 0000:05:00.1: Adding to iommu group 15'],
    [0.39, 'AMD-Vi: Extended features (0x58f77ef22294a5a, 0x0): PPR NX GT IA PC GA_vAPIC'],
    [0.39, 'AMD-Vi: Interrupt remapping enabled'],
    [3.1, 'VFIO - User Level meta-driver version: 0.3'],
    [3.2, 'vfio-pci 0000:05:00.0: vgaarb: deactivate vga console'],
    [3.3, 'vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000'],
    [3.3, 'vfio_pci: add [10de:10f0[ffffffff:ffffffff]] class 0x000000/00000000'],
  ],
  files: {
    ...TABLES,
    '/sys/firmware/acpi/tables/IVRS': ivrsTable(0xfeb80000),
    ...amdUnit('ivhd0', '58f77ef22294a5a:0'),
    ...node(15),
  },
}

function node(group: number): Record<string, Entry> {
  return {
    [`/dev/vfio/${group}`]: { stat: { kind: 'character', mode: 0o600, uid: 0, gid: 0, modified: 1_770_000_010 } },
  }
}
