import { bareTable, dmarTable } from '../acpi.ts'
import { intelUnit } from '../iommu.ts'
import type { Scene } from '../scene.ts'
import { BOOTED } from '../times.ts'
import { X79 } from './x79.ts'

const RELEASE = '5.4.0-216-generic'
const GROUP = 28

/**
 * The scene that the project began with: somebody wrote the ids of all of group 28 to vfio-pci's new_id, and the log
 * says that the bridge was refused.
 */
export const openingScene: Scene = {
  slug: 'opening-scene',
  what: 'A conventional PCI card behind a PCI Express-to-PCI bridge: the card is on vfio-pci, and the bridge was refused with error -22',
  questions: [
    { name: 'endpoint', devices: ['04:00.0'] },
    { name: 'bridge', devices: ['03:00.0'] },
    { name: 'host', devices: [] },
  ],
  system: {
    os: 'ubuntu',
    osVersion: '20.04',
    osName: 'Ubuntu 20.04.6 LTS',
    release: RELEASE,
    banner: `Linux version ${RELEASE} (buildd@host) (gcc version 9.4.0 (Ubuntu 9.4.0-1ubuntu1~20.04.2)) #236-Ubuntu SMP`,
    cpu: {
      vendor: 'GenuineIntel',
      family: 6,
      model: 45,
      name: 'Intel(R) Xeon(R) CPU E5-1620 0 @ 3.60GHz',
      flags:
        'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat ht tm syscall nx lm vmx smx est x2apic avx ept vpid',
    },
    commandLine: `BOOT_IMAGE=/boot/vmlinuz-${RELEASE} root=UUID=3f1c2d4e-0000-4000-8000-00000000000a ro quiet intel_iommu=on`,
    board: {
      vendor: 'ASUSTeK COMPUTER INC.',
      product: 'P9X79 LE',
      biosVendor: 'American Megatrends Inc.',
      biosVersion: '4802',
      biosDate: '06/02/2014',
    },
    efi: false,
    memoryKb: 16_384_000,
    config: {
      CONFIG_INTEL_IOMMU: 'y',
      CONFIG_INTEL_IOMMU_DEFAULT_ON: 'n',
      CONFIG_IRQ_REMAP: 'y',
      CONFIG_AMD_IOMMU: 'y',
      CONFIG_VFIO: 'm',
      CONFIG_VFIO_PCI: 'm',
      CONFIG_VFIO_IOMMU_TYPE1: 'm',
      CONFIG_VFIO_NOIOMMU: 'y',
      CONFIG_KVM: 'm',
      CONFIG_MODULES: 'y',
    },
    loaded: [
      'kvm',
      'kvm_intel',
      'irqbypass',
      'vfio',
      'vfio_iommu_type1',
      'vfio_pci',
      'vfio_virqfd',
      'nouveau',
      'e1000e',
      'snd_hda_intel',
    ],
    builtin: ['ahci', 'xhci_pci', 'ehci_pci'],
    loadable: ['nvme', 'virtio_pci'],
    parameters: {
      'kvm.ignore_msrs': 'N',
      'kvm_intel.nested': 'Y',
      'vfio_pci.ids': '',
      'vfio_pci.disable_vga': 'N',
      'vfio_iommu_type1.allow_unsafe_interrupts': 'N',
    },
    chips: ['IR-IO-APIC', 'IR-IO-APIC', 'IR-PCI-MSI'],
  },
  functions: [
    ...X79,
    {
      at: '03:00.0',
      id: '104c:8240',
      class: 0x060400,
      name: 'XIO2001 PCI Express-to-PCI Bridge',
      type: 'pcie-to-pci',
      buses: [4],
      group: GROUP,
    },
    {
      at: '04:00.0',
      id: '104c:a106',
      class: 0x040100,
      name: 'TMS320C6205 Fixed Point DSP',
      subsystem: '0000:0000',
      type: 'pci',
      driver: 'vfio-pci',
      group: GROUP,
      msi: false,
      bars: [
        ['32', 0xfb000000, 0x400000],
        ['32', 0xfb400000, 0x800000],
      ],
    },
  ],
  pci: { kernel: 504, unit: 'dmar0', usualReserved: ['0x00000000fee00000 0x00000000feefffff msi'] },
  uses: {
    disks: [{ at: '00:1f.2', name: 'sda', partitions: ['sda1'], below: 'ata1/host0/target0:0:0/0:0:0:0/block/' }],
    network: [{ at: '00:19.0', name: 'eth0', up: true }],
    displays: [{ at: '01:00.0', card: 0, connected: ['DP-1'] }],
    sounds: [{ at: '00:1b.0', card: 0 }],
  },
  log: [
    [0.006, 'ACPI: DMAR 0x00000000BD8A5EF0 0000A0 (v01 A M I  OEMDMAR  00000001 INTL 00000001)'],
    [0.021, 'DMAR: IOMMU enabled'],
    [0.081, 'DMAR: Host address width 46'],
    [0.081, 'DMAR: DRHD base: 0x000000fbffc000 flags: 0x1'],
    [0.081, 'DMAR: dmar0: reg_base_addr fbffc000 ver 1:0 cap d2078c106f0462 ecap f020fe'],
    [0.083, 'DMAR-IR: Enabled IRQ remapping in x2apic mode'],
    [0.512, 'pci 0000:03:00.0: Adding to iommu group 28'],
    [0.513, 'pci 0000:04:00.0: Adding to iommu group 28'],
    [0.62, 'DMAR: Intel(R) Virtualization Technology for Directed I/O'],
    [213.902413, 'VFIO - User Level meta-driver version: 0.3'],
    [214.159625, 'vfio-pci: probe of 0000:03:00.0 failed with error -22'],
  ],
  files: {
    '/sys/firmware/acpi/tables/DMAR': dmarTable({ flags: 1, units: [0xfbffc000] }),
    '/sys/firmware/acpi/tables/MCFG': bareTable('MCFG'),
    '/sys/firmware/acpi/tables/FACP': bareTable('FACP'),
    ...intelUnit('dmar0', 'd2078c106f0462', 'f020fe'),
    '/proc/self/mountinfo': '23 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n',
    '/sys/dev/block/8:1': {
      link: '../../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1',
    },
    '/dev/vfio/28': { stat: { kind: 'character', mode: 0o600, uid: 0, gid: 0, modified: BOOTED + 214 } },
  },
}
