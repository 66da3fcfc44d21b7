/**
 * Messages of QEMU before 5.2 that were worded otherwise: hw/misc/vfio.c to 2.0, hw/vfio/ from then on. Those of 1.3 to
 * 2.7 name no device themselves; the `-device` before them does.
 */
export const QEMU_OLD = {
  'q-no-iommu-group-old': {
    topic: 'q-no-iommu-group',
    file: 'hw/misc/vfio.c: vfio_initfn',
    text: 'vfio: error no iommu_group for device',
    example: 'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error no iommu_group for device',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'iommu-off-kernel',
    meaning: 'The device has no IOMMU group: the IOMMU is off, or does not cover this device.',
    names: 'device',
  },
  'q-group-open-old': {
    topic: 'group-node-not-opened',
    file: 'hw/misc/vfio.c: vfio_get_group',
    text: 'vfio: error opening /dev/vfio/{group:number}',
    example:
      'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error opening /dev/vfio/1: No such file or directory',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'host-driver-bound',
    meaning:
      'The node of the group could not be opened; the error after it says whether it is missing, forbidden or in use.',
    names: 'device',
  },
  'q-group-status-old': {
    topic: 'q-group-status',
    file: 'hw/misc/vfio.c: vfio_get_group',
    text: 'vfio: error getting group status',
    example: 'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error getting group status: No such device',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'device-unreachable',
    meaning: 'The group went away while QEMU opened it.',
    names: 'device',
  },
  'q-set-group-container-old': {
    topic: 'q-set-group-container',
    file: 'hw/misc/vfio.c, hw/vfio/common.c: vfio_connect_container',
    text: 'failed to set group container',
    example:
      'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: failed to set group container: Operation not permitted',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'group-not-viable',
    meaning: 'The kernel refused the group. EPERM: a host driver is on a member of it.',
    names: 'device',
  },
  'q-set-iommu-old': {
    topic: 'q-set-iommu-eperm',
    file: 'hw/misc/vfio.c, hw/vfio/common.c: vfio_connect_container',
    text: 'failed to set iommu for container',
    example:
      'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: failed to set iommu for container: Operation not permitted',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'interrupt-remapping-missing',
    meaning:
      'The kernel refused this IOMMU to the guest. EPERM: no interrupt remapping, or firmware needs the device; EINVAL: a reserved range.',
    names: 'device',
  },
  'q-device-get-old': {
    topic: 'q-device-get',
    file: 'hw/misc/vfio.c: vfio_get_device',
    text: 'vfio: error getting device {device} from group {group:number}',
    example:
      'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error getting device 0000:01:00.0 from group 1: Invalid argument',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'group-not-viable',
    meaning: 'The group is open, and this device of it could not be had; the error says why.',
    names: 'device',
  },
  'q-already-attached-old': {
    topic: 'q-already-attached',
    file: 'hw/misc/vfio.c: vfio_initfn',
    text: 'vfio: error: device {device} is already attached',
    example: 'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: error: device 0000:01:00.0 is already attached',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'guest-config',
    meaning: 'The guest was given the same device twice.',
    names: 'device',
  },
  'q-config-read-old': {
    topic: 'q-config-read',
    file: 'hw/misc/vfio.c: vfio_initfn',
    text: 'vfio: Failed to read device config space',
    example: 'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: Failed to read device config space',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'device-unreachable',
    meaning: 'The device was open, and its configuration space could not be read.',
    names: 'device',
  },
  'q-intx-old': {
    topic: 'interrupt-setup-failed',
    file: 'hw/misc/vfio.c, hw/vfio/pci.c: vfio_enable_intx',
    text: 'Failed to setup INTx fd',
    example:
      'qemu-system-x86_64: -device vfio-pci,host=01:00.0: vfio: Error: Failed to setup INTx fd: Device or resource busy',
    since: 'before QEMU 5.2 (read in an old source)',
    severity: 'error',
    family: 'interrupt-line',
    meaning: 'The interrupt line of the device could not be had. EBUSY: a host driver shares it.',
    names: 'device',
  },
} as const
