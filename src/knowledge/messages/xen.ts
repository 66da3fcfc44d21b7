/** Messages of Xen and of its libxl, each a MessageEntry (all.ts holds them to it). */
export const XEN = {
  'xen-no-iommu': {
    file: 'tools/libs/light/libxl_pci.c',
    text: 'PCI device {device} cannot be assigned - no IOMMU?',
    example:
      'libxl: error: libxl_pci.c:1209:libxl__device_pci_add: PCI device 0000:02:00.0 cannot be assigned - no IOMMU?',
    since: 'Xen 4.1 to 4.20',
    severity: 'error',
    family: 'iommu-off-firmware',
    meaning: 'The hypervisor has no IOMMU in operation: off in firmware, or its tables are not usable.',
    names: 'device',
  },
  'xen-iommu-disabled': {
    file: 'xen/drivers/passthrough/iommu.c',
    text: 'I/O virtualisation disabled',
    example: '(XEN) I/O virtualisation disabled',
    since: 'Xen 4.1 to 4.20',
    severity: 'error',
    family: 'iommu-off-firmware',
    meaning: 'The hypervisor found no IOMMU that it can use.',
  },
  'xen-amd-failed': {
    file: 'xen/drivers/passthrough/amd/pci_amd_iommu.c: iov_detect',
    text: 'AMD-Vi: Error initialization',
    example: '(XEN) AMD-Vi: Error initialization',
    since: 'Xen 4.1 to 4.20',
    severity: 'error',
    family: 'iommu-off-firmware',
    meaning: 'The hypervisor did not get the AMD IOMMU going; why stands before it.',
  },
  'xen-ivmd-page': {
    file: 'xen/drivers/passthrough/x86/iommu.c: iommu_unity_region_ok',
    text: "IVMD: page at {page:hex} can't be converted",
    example: "(XEN) IVMD: page at 0xa1000 can't be converted",
    since: 'Xen 4.16 to 4.20',
    severity: 'error',
    family: 'firmware-table-broken',
    meaning: 'The IVRS table reserves memory for a device that the memory map gives out as free.',
  },
  'xen-no-reset': {
    topic: 'no-reset-offered',
    file: 'tools/libs/light/libxl_pci.c: libxl__device_pci_reset',
    text: "The kernel doesn't support reset from sysfs for PCI device {device}",
    example:
      "libxl: error: libxl_pci.c:1489:libxl__device_pci_reset: The kernel doesn't support reset from sysfs for PCI device 0000:02:00.0",
    since: 'Xen 4.1 to 4.20',
    severity: 'warn',
    family: 'reset-failure',
    meaning: 'The device has no reset attribute in sysfs: no kind of reset is on offer for it.',
    names: 'device',
  },
} as const
