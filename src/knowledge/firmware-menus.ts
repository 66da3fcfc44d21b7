import type { FirmwareSetting } from '../model/remedy.ts'

/** Where a family of boards keeps its settings. Names move between firmware versions: a hint, not a promise. */
export interface BoardFamily {
  readonly name: string
  /** Words of the DMI texts that tell it; each begins a word there, and its case does not matter. */
  readonly signs: readonly string[]
  /** `menu > page > setting`; a setting that no manual or guide we know confirms is left out. */
  readonly menus: Readonly<Partial<Record<FirmwareSetting, string>>>
}

/** What a setting does, and the words that firmware menus have for it. */
export const FIRMWARE_SETTINGS: Readonly<
  Record<FirmwareSetting, { readonly name: string; readonly words: readonly string[]; readonly note?: string }>
> = {
  'vt-d': {
    name: 'the Intel IOMMU (VT-d)',
    words: ['VT-d', 'Intel VT for Directed I/O', 'Virtualization Technology for Directed I/O'],
    note: 'It is another switch than VT-x (Intel Virtualization Technology), which runs virtual machines.',
  },
  'amd-vi': {
    name: 'the AMD IOMMU',
    words: ['IOMMU', 'AMD-Vi', 'AMD I/O Virtualization Technology'],
    note: 'Choose Enabled, not Auto. It is another switch than SVM Mode; some boards have it on two pages, and both count.',
  },
  smmu: { name: 'the SMMU of the ARM host', words: ['SMMU', 'SMMUv3', 'IOMMU', 'IORT'] },
  'cpu-virtualization': {
    name: 'CPU virtualization',
    words: ['Intel Virtualization Technology', 'VT-x', 'VMX', 'SVM Mode', 'AMD-V', 'AMD Virtualization'],
  },
  'interrupt-remapping': {
    name: 'interrupt remapping',
    words: ['Interrupt Remapping', 'VT-d Interrupt Remapping', 'X2APIC Opt Out (set this one to disabled)'],
    note: 'Many boards have no switch of its own for it: it comes with VT-d or the IOMMU, or with a firmware update.',
  },
  'above-4g-decoding': {
    name: 'PCI memory above 4 GiB',
    words: ['Above 4G Decoding', 'Memory Mapped I/O above 4GB', 'MMIO above 4 GB', '64-bit BAR'],
    note: '"Memory Remap Feature" is something else.',
  },
  'sr-iov': {
    name: 'SR-IOV',
    words: ['SR-IOV', 'SR-IOV Support', 'SR-IOV Global Enable', 'Single Root I/O Virtualization'],
  },
  acs: { name: 'Access Control Services (ACS)', words: ['ACS', 'ACS Control', 'ACS Enable', 'Access Control Service'] },
  x2apic: { name: 'x2APIC', words: ['X2APIC', 'Extended APIC', 'Local APIC Mode'] },
  'primary-display': {
    name: 'the choice of the primary display',
    words: [
      'Primary Display',
      'Initial Display Output',
      'Init Display First',
      'Primary Graphics Adapter',
      'iGPU Multi-Monitor',
    ],
  },
  'resizable-bar': {
    name: 'resizable BARs',
    words: ['Re-Size BAR Support', 'Resizable BAR', 'Smart Access Memory', 'Clever Access Memory'],
  },
  vmd: {
    name: 'Intel VMD',
    words: ['VMD', 'Intel VMD Technology', 'VMD Controller', 'Map PCIe Storage under VMD', 'Intel RST / RAID mode'],
    note: 'An operating system that is installed on a disk behind it may not start afterwards.',
  },
}

/** More specific ones first: the first family whose sign is found is taken. */
export const BOARD_FAMILIES: readonly BoardFamily[] = [
  {
    name: 'Dell PowerEdge',
    signs: ['poweredge'],
    menus: {
      'cpu-virtualization': 'System BIOS > Processor Settings > Virtualization Technology',
      'vt-d': 'System BIOS > Processor Settings > Virtualization Technology',
      'amd-vi': 'System BIOS > Processor Settings > Virtualization Technology, and IOMMU Support where there is one',
      'sr-iov': 'System BIOS > Integrated Devices > SR-IOV Global Enable',
      'above-4g-decoding': 'System BIOS > Integrated Devices > Memory Mapped I/O above 4 GB',
    },
  },
  {
    name: 'Dell (desktops and notebooks)',
    signs: ['dell inc', 'alienware'],
    menus: {
      'cpu-virtualization': 'Virtualization Support > Virtualization',
      'vt-d': 'Virtualization Support > VT for Direct I/O',
    },
  },
  {
    name: 'HPE ProLiant',
    signs: ['proliant'],
    menus: {
      'cpu-virtualization':
        'F9 > System Configuration > BIOS/Platform Configuration (RBSU) > Virtualization Options > Intel VT or AMD Virtualization',
      'vt-d': 'F9 > System Configuration > BIOS/Platform Configuration (RBSU) > Virtualization Options > Intel VT-d',
      'amd-vi':
        'F9 > System Configuration > BIOS/Platform Configuration (RBSU) > Virtualization Options > AMD I/O Virtualization Technology',
      acs: 'F9 > System Configuration > BIOS/Platform Configuration (RBSU) > Virtualization Options > Access Control Service',
      'sr-iov': 'F9 > System Configuration > BIOS/Platform Configuration (RBSU) > Virtualization Options > SR-IOV',
    },
  },
  {
    name: 'Lenovo ThinkSystem',
    signs: ['thinksystem', 'thinkserver', 'thinkagile'],
    menus: {
      'cpu-virtualization': 'System Settings > Processors > Intel Virtualization Technology',
      'vt-d': 'System Settings > Devices and I/O Ports > Intel VT for Directed I/O (VT-d)',
      'sr-iov': 'System Settings > Devices and I/O Ports > SR-IOV',
    },
  },
  {
    name: 'Lenovo (ThinkPad and others)',
    signs: ['thinkpad', 'lenovo'],
    menus: {
      'cpu-virtualization': 'Security > Virtualization > Intel Virtualization Technology, or AMD V',
      'vt-d': 'Security > Virtualization > Intel VT-d Feature',
    },
  },
  {
    name: 'Supermicro',
    signs: ['supermicro', 'super micro'],
    menus: {
      'vt-d': 'Advanced > Chipset Configuration > North Bridge > IIO Configuration > Intel VT for Directed I/O (VT-d)',
      'interrupt-remapping':
        'Advanced > Chipset Configuration > North Bridge > IIO Configuration > Intel VT for Directed I/O (VT-d) > Interrupt Remapping',
      acs: 'Advanced > Chipset Configuration > North Bridge > IIO Configuration > Intel VT for Directed I/O (VT-d) > ACS Control',
      'amd-vi': 'Advanced > AMD CBS > NBIO Common Options > IOMMU',
      'above-4g-decoding': 'Advanced > PCIe/PCI/PnP Configuration > Above 4G Decoding',
      'sr-iov': 'Advanced > PCIe/PCI/PnP Configuration > SR-IOV Support',
    },
  },
  {
    name: 'ASRock',
    signs: ['asrock'],
    menus: {
      'cpu-virtualization': 'Advanced > CPU Configuration > SVM Mode, or Intel Virtualization Technology',
      'vt-d': 'Advanced > Chipset Configuration > VT-d',
      'amd-vi': 'Advanced > AMD CBS > NBIO Common Options > NB Configuration > IOMMU',
      'above-4g-decoding': 'Advanced > Chipset Configuration > Above 4G Decoding',
    },
  },
  {
    name: 'ASUS',
    signs: ['asus'],
    menus: {
      'cpu-virtualization': 'Advanced > CPU Configuration > Intel (VMX) Virtualization Technology, or SVM Mode',
      'vt-d': 'Advanced > System Agent (SA) Configuration > VT-d',
      'amd-vi': 'Advanced > AMD CBS > IOMMU (on some boards one page deeper, under NBIO)',
    },
  },
  {
    name: 'Gigabyte',
    signs: ['gigabyte', 'giga-byte', 'aorus'],
    menus: {
      'cpu-virtualization':
        'Tweaker (older boards: M.I.T. > Advanced Frequency Settings) > Advanced CPU Settings > SVM Mode, or Intel Virtualization Technology',
      'vt-d': 'Settings > IO Ports > VT-d (on some boards under Settings > Miscellaneous or Chipset)',
      'amd-vi': 'Settings > AMD CBS > NBIO > IOMMU and Settings > Miscellaneous > IOMMU: both must be on',
    },
  },
  {
    name: 'MSI',
    signs: ['micro-star', 'msi'],
    menus: {
      'cpu-virtualization': 'OC > CPU Features > Intel Virtualization Tech, or SVM Mode',
      'vt-d': 'OC > CPU Features > Intel VT-D Tech',
      'amd-vi': 'OC > CPU Features > IOMMU (on some boards under AMD CBS)',
    },
  },
  {
    name: 'Intel NUC and boards',
    signs: ['intel corporation', 'intel(r) client systems', 'nuc'],
    menus: {
      'cpu-virtualization': 'Security > Security Features > Intel Virtualization Technology',
      'vt-d': 'Security > Security Features > Intel VT for Directed I/O (VT-d)',
    },
  },
]
