/** Messages of DPDK's environment layer (EAL), each a MessageEntry (all.ts holds them to it). */
export const DPDK = {
  'dpdk-not-viable': {
    topic: 'group-not-viable',
    file: 'lib/eal/linux/eal_vfio.c',
    text: '{device} VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound',
    example: 'EAL: 0000:5e:00.3 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound',
    since: 'DPDK 20.11 to 25.11; before, with two blanks after the address',
    severity: 'error',
    family: 'group-not-viable',
    meaning: 'Another device of the group is on a driver of the host.',
    names: 'device',
  },
  'dpdk-not-vfio': {
    file: 'lib/eal/linux/eal_vfio.c',
    text: '{device} not managed by VFIO driver, skipping',
    example: 'EAL: 0000:5e:00.0 not managed by VFIO driver, skipping',
    since: 'DPDK 20.11 to 25.11',
    severity: 'info',
    family: 'healthy',
    meaning: 'The device is not on vfio-pci, so DPDK leaves it to the host.',
    names: 'device',
  },
  'dpdk-container': {
    topic: 'container-node-not-opened',
    file: 'lib/eal/linux/eal_vfio.c',
    text: 'Cannot open VFIO container {path:word}, error {errno:number}',
    example: 'EAL: Cannot open VFIO container /dev/vfio/vfio, error 13 (Permission denied)',
    since: 'DPDK 20.11 to 25.11',
    severity: 'error',
    family: 'permissions',
    meaning: 'The program may not open the node of VFIO; 2 is that the module is not loaded.',
  },
} as const
