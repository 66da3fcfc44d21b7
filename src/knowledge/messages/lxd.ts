/** Messages of LXD and Incus as they hand a device to vfio-pci, each a MessageEntry (all.ts holds them to it). */
export const LXD = {
  'lxd-not-taken': {
    file: 'lxd/device/pci/pci.go: deviceProbeWait',
    text: 'Device took too long to activate at "/sys/bus/pci/drivers/vfio-pci/{device}"',
    example:
      'Error: Failed to start device "gpu": Failed to override IOMMU group driver: Device took too long to activate at "/sys/bus/pci/drivers/vfio-pci/0000:01:00.0"',
    since: 'LXD and Incus (read in sources of several years)',
    severity: 'error',
    family: 'host-driver-bound',
    meaning: 'The device was offered to vfio-pci, which had not taken it half a second later; the kernel log says why.',
    names: 'device',
  },
  'lxd-probe': {
    file: 'lxd/device/pci/pci.go: DeviceProbe',
    text: 'Failed probing device "{device}" via "/sys/bus/pci/drivers_probe"',
    example:
      'Error: Failed to start device "gpu": Failed probing device "0000:01:00.0" via "/sys/bus/pci/drivers_probe": write /sys/bus/pci/drivers_probe: invalid argument',
    since: 'LXD and Incus (read in sources of several years)',
    severity: 'error',
    family: 'host-driver-bound',
    meaning: 'vfio-pci refused the device as it was offered; the error and the kernel log say why.',
    names: 'device',
  },
  'lxd-override': {
    file: 'lxd/device/pci/pci.go: DeviceSetDriverOverride',
    text: 'Failed setting driver override "{driver:word}" for device "{device}"',
    example:
      'Error: Failed to start device "gpu": Failed setting driver override "vfio-pci" for device "0000:01:00.0" via "/sys/bus/pci/devices/0000:01:00.0/driver_override": open /sys/bus/pci/devices/0000:01:00.0/driver_override: permission denied',
    since: 'LXD and Incus (read in sources of several years)',
    severity: 'error',
    family: 'permissions',
    meaning: 'The driver that the device is to have could not be named.',
    names: 'device',
  },
} as const
