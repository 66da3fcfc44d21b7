import { bareTable } from '../acpi.ts'
import { unit } from '../iommu.ts'
import type { Fn } from '../pci.ts'
import type { Scene } from '../scene.ts'
import { ACS_ON } from './x79.ts'

const RELEASE = '6.8.0-51-generic'

/** One segment of an Ampere Altra: root ports with access control, two drives and a network card with two ports. */
const ALTRA: readonly Fn[] = [
  {
    at: '00:00.0',
    id: '1def:e100',
    class: 0x060000,
    name: 'Ampere Altra PCI Express Root Complex A',
    subsystem: '1def:0000',
    group: 0,
    noInterrupt: true,
  },
  port('00:01.0', 'e101', 1, 1),
  port('00:02.0', 'e102', 2, 2),
  port('00:03.0', 'e103', 3, 3),
  port('00:04.0', 'e104', 4, 4),
  {
    at: '01:00.0',
    id: '15b3:1017',
    class: 0x020000,
    name: 'MT27800 Family [ConnectX-5]',
    subsystem: '15b3:0016',
    driver: 'mlx5_core',
    modules: ['mlx5_core'],
    flr: true,
    msix: true,
    group: 5,
    acs: [0x00, 0x00],
    sriov: { total: 8, active: 0, device: 0x1018 },
    bars: [['64p', 0x280000000000, 0x2000000]],
  },
  {
    at: '01:00.1',
    id: '15b3:1017',
    class: 0x020000,
    name: 'MT27800 Family [ConnectX-5]',
    subsystem: '15b3:0016',
    driver: 'mlx5_core',
    modules: ['mlx5_core'],
    flr: true,
    msix: true,
    group: 6,
    acs: [0x00, 0x00],
    sriov: { total: 8, active: 0, device: 0x1018 },
    bars: [['64p', 0x280002000000, 0x2000000]],
  },
  {
    at: '02:00.0',
    id: '144d:a80a',
    class: 0x010802,
    name: 'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    subsystem: '144d:aa0a',
    driver: 'nvme',
    flr: true,
    msix: true,
    group: 7,
    bars: [['64', 0x40000000, 0x4000]],
  },
  {
    at: '03:00.0',
    id: '144d:a80a',
    class: 0x010802,
    name: 'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    subsystem: '144d:aa0a',
    driver: 'vfio-pci',
    flr: true,
    msix: true,
    group: 8,
    bars: [['64', 0x40100000, 0x4000]],
  },
  {
    at: '04:00.0',
    id: '1b21:1142',
    class: 0x0c0330,
    name: 'ASM1042A USB 3.0 Host Controller',
    subsystem: '1b21:1142',
    driver: 'xhci_hcd',
    group: 9,
    bars: [['64', 0x40200000, 0x8000]],
  },
]

export const armServer: Scene = {
  slug: 'arm-server',
  what: 'An ARM server with SMMUv3 units, started by ACPI; an NVMe drive is on vfio-pci',
  healthy: true,
  questions: [
    { name: 'host', devices: [] },
    { name: 'nvme', devices: ['03:00.0'] },
  ],
  system: {
    os: 'ubuntu',
    osVersion: '24.04',
    osName: 'Ubuntu 24.04.1 LTS',
    release: RELEASE,
    banner: `Linux version ${RELEASE} (buildd@host) (aarch64-linux-gnu-gcc-13 (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0) #52-Ubuntu SMP PREEMPT_DYNAMIC`,
    cpu: {
      vendor: 'ARM',
      family: 8,
      model: 0,
      name: 'Neoverse-N1',
      flags: '',
      text: [0, 1, 2, 3]
        .map(
          (processor) =>
            `processor\t: ${processor}\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n`,
        )
        .join('\n'),
    },
    commandLine: `BOOT_IMAGE=/boot/vmlinuz-${RELEASE} root=UUID=3f1c2d4e-0000-4000-8000-00000000000f ro`,
    board: {
      vendor: 'GIGABYTE',
      product: 'R152-P30-00',
      board: 'MP32-AR1-00',
      biosVendor: 'GIGABYTE',
      biosVersion: 'F31',
      biosDate: '06/16/2022',
    },
    efi: true,
    memoryKb: 131_000_000,
    config: {
      CONFIG_ARM_SMMU: 'y',
      CONFIG_ARM_SMMU_V3: 'y',
      CONFIG_IOMMUFD: 'm',
      CONFIG_VFIO: 'm',
      CONFIG_VFIO_GROUP: 'y',
      CONFIG_VFIO_CONTAINER: 'y',
      CONFIG_VFIO_PCI: 'm',
      CONFIG_VFIO_PCI_CORE: 'm',
      CONFIG_VFIO_IOMMU_TYPE1: 'm',
      CONFIG_KVM: 'y',
      CONFIG_MODULES: 'y',
    },
    loaded: ['vfio', 'vfio_iommu_type1', 'vfio_pci', 'vfio_pci_core', 'iommufd', 'nvme', 'mlx5_core'],
    builtin: ['kvm', 'xhci_pci', 'arm_smmu_v3'],
    loadable: [],
    parameters: {
      'vfio_pci.ids': '',
      'vfio_iommu_type1.allow_unsafe_interrupts': 'N',
    },
    chips: ['GICv3', 'GICv3', 'ITS-MSI'],
  },
  functions: ALTRA,
  pci: {
    kernel: 608,
    unit: 'smmu3.0x0000000027ffe0000',
    groupType: 'DMA',
    usualReserved: ['0x0000000008000000 0x00000000080fffff msi'],
  },
  uses: {
    disks: [{ at: '02:00.0', name: 'nvme0n1', partitions: ['nvme0n1p1', 'nvme0n1p2'], below: 'nvme/nvme0/' }],
    network: [
      { at: '01:00.0', name: 'eth0', up: true },
      { at: '01:00.1', name: 'eth1', up: false },
    ],
  },
  log: [
    [0.0, 'ACPI: IORT 0x00000000FFFB8A98 000F3C (v00 Ampere Altra    00000000 AMP. 01000013)'],
    [0.9, 'iommu: Default domain type: Translated'],
    [1.2, 'arm-smmu-v3 arm-smmu-v3.0.auto: option mask 0x0'],
    [1.2, 'arm-smmu-v3 arm-smmu-v3.0.auto: ias 48-bit, oas 48-bit (features 0x001c1fff)'],
    [1.4, 'pci 0000:01:00.0: Adding to iommu group 5'],
    [1.4, 'pci 0000:03:00.0: Adding to iommu group 8'],
  ],
  files: {
    '/sys/firmware/acpi/tables/IORT': bareTable('IORT'),
    '/sys/firmware/acpi/tables/MCFG': bareTable('MCFG'),
    '/sys/firmware/acpi/tables/FACP': bareTable('FACP'),
    ...unit('smmu3.0x0000000027ffe0000'),
    '/dev/vfio/8': { stat: { kind: 'character', mode: 0o600, uid: 0, gid: 0, modified: 1_770_000_010 } },
  },
}

function port(at: string, device: string, bus: number, group: number): Fn {
  return {
    at,
    id: `1def:${device}`,
    class: 0x060400,
    name: `Ampere Altra PCI Express Root Port a${bus - 1}`,
    type: 'root-port',
    buses: [bus],
    driver: 'pcieport',
    acs: ACS_ON,
    group,
  }
}
