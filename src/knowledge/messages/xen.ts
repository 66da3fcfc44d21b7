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
