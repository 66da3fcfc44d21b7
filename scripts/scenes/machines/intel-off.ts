import type { Scene } from '../scene.ts'
import type { SystemParts } from '../system.ts'
import { ALDER_LAKE } from './alder-lake.ts'
import { DMAR, FEDORA, TABLES, ungrouped, USES } from './intel-desktop.ts'

const RELEASE = '5.15.0-130-generic'

/** Ubuntu's kernels leave the IOMMU of Intel hosts off unless they are told to switch it on. */
const UBUNTU: SystemParts = {
  ...FEDORA,
  os: 'ubuntu',
  osVersion: '22.04',
  osName: 'Ubuntu 22.04.5 LTS',
  release: RELEASE,
  banner: `Linux version ${RELEASE} (buildd@host) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0) #140-Ubuntu SMP`,
  commandLine: `BOOT_IMAGE=/boot/vmlinuz-${RELEASE} root=UUID=3f1c2d4e-0000-4000-8000-00000000000c ro quiet splash`,
  config: {
    CONFIG_INTEL_IOMMU: 'y',
    CONFIG_INTEL_IOMMU_DEFAULT_ON: 'n',
    CONFIG_IRQ_REMAP: 'y',
    CONFIG_AMD_IOMMU: 'y',
    CONFIG_VFIO: 'y',
    CONFIG_VFIO_PCI: 'y',
    CONFIG_VFIO_PCI_CORE: 'y',
    CONFIG_VFIO_IOMMU_TYPE1: 'y',
    CONFIG_KVM: 'm',
    CONFIG_MODULES: 'y',
  },
  builtin: ['ahci', 'xhci_pci', 'vfio', 'vfio_pci', 'vfio_pci_core', 'vfio_iommu_type1'],
  loadable: [],
  parameters: {
    ...FEDORA.parameters,
    'vfio_pci.ids': '',
    'vfio_pci.disable_vga': 'N',
    'vfio_iommu_type1.allow_unsafe_interrupts': 'N',
  },
  chips: ['IO-APIC', 'PCI-MSI'],
}

const PCI = { kernel: 515 }

export const vtdOffInFirmware: Scene = {
  slug: 'vtd-off-in-firmware',
  what: 'An Intel desktop with intel_iommu=on, whose firmware has VT-d switched off: there is no DMAR table',
  questions: [{ devices: ['01:00.0'] }],
  system: { ...UBUNTU, commandLine: `${UBUNTU.commandLine} intel_iommu=on` },
  functions: ungrouped(ALDER_LAKE),
  pci: PCI,
  uses: USES,
  log: [
    [0.03, 'DMAR: IOMMU enabled'],
    [0.4, 'iommu: Default domain type: Translated'],
  ],
  files: TABLES,
}

export const vtdOffInKernel: Scene = {
  slug: 'vtd-off-in-kernel',
  what: 'An Intel desktop whose firmware offers VT-d, and whose kernel leaves it off: its default, and nothing on the command line',
  questions: [{ devices: ['01:00.0'] }],
  system: { ...UBUNTU, chips: ['IR-IO-APIC', 'IR-PCI-MSI', 'DMAR-MSI'] },
  functions: ungrouped(ALDER_LAKE),
  pci: PCI,
  uses: USES,
  log: [
    [0.004, 'ACPI: DMAR 0x000000006F4D1000 000088 (v02 INTEL  EDK2     00000002      01000013)'],
    [0.11, 'DMAR: Host address width 39'],
    [0.11, 'DMAR: DRHD base: 0x000000fed90000 flags: 0x0'],
    [0.11, 'DMAR: dmar0: reg_base_addr fed90000 ver 4:0 cap 1c0000c40660462 ecap 29a00f0505e'],
    [0.11, 'DMAR: DRHD base: 0x000000fed91000 flags: 0x1'],
    [0.11, 'DMAR: dmar1: reg_base_addr fed91000 ver 5:0 cap d2008c40660462 ecap f050da'],
    [0.11, 'DMAR: RMRR base: 0x0000007c000000 end: 0x000000803fffff'],
    [0.12, 'DMAR-IR: Enabled IRQ remapping in x2apic mode'],
    [0.4, 'iommu: Default domain type: Translated'],
  ],
  files: { ...TABLES, ...DMAR },
}
