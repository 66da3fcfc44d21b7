import { check } from '../../../checks/guest/device-open.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, pciFacts, messages } from '../../support/facts.ts'

checkTable(check, [
  ...['failed to get vfio device fd: No such device (os error 19)', 'VfioCreate(GroupGetDeviceFD(Error(19)))'].map(
    (line) => ({
      name: `a VMM in Rust says: ${line}`,
      facts: { messages: messages([line]) },
      expect: ['device-open-not-bound@host'],
    }),
  ),
  {
    name: 'an address that is only named shows no device',
    facts: {
      ...pciFacts([endpoint({ address: '0000:00:02.1', vendorId: undefined, deviceId: undefined })]),
      messages: messages(["TASK ERROR: no pci device info for device '0000:00:02.1'"]),
    },
    expect: ['host-device-missing@0000:00:02.1'],
    severity: 'fail',
  },
  {
    name: 'a part of a device is told elsewhere',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio 0d8f7a5e-1b5c-4b0e-9c47-6a2d1f3e8b90: error getting device from group 7: Input/output error',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'there is no such device',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio /sys/bus/pci/devices/0000:01:00.0: no such host device: No such file or directory',
      ]),
    },
    expect: ['host-device-missing@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'the device is not bound',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 1: No such device',
      ]),
    },
    expect: ['device-open-not-bound@0000:01:00.0'],
  },
  {
    name: 'the device wants a token',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 1: Permission denied',
      ]),
    },
    expect: ['device-open-denied@0000:01:00.0'],
  },
  {
    name: 'the device is open elsewhere',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 1: Device or resource busy',
      ]),
    },
    expect: ['device-open-busy@0000:01:00.0'],
  },
  {
    name: 'the device cannot be enabled',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 1: Invalid argument',
      ]),
    },
    expect: ['device-open-refused@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'the device does not answer',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_pci_read_config(0000:01:00.0, 0x4, 0x2) failed: Input/output error',
      ]),
    },
    expect: ['device-access-failed@0000:01:00.0'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'the device is there by now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:0a:00.0', group: 1, driver: null })]),
      messages: messages(["no pci device info for device '0000:0a:00.0'"]),
    },
    expect: ['host-device-missing'],
    severity: 'info',
  },
  {
    name: 'a part of a device that cannot be read is for another check',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:21:00.0/4b20d080-1b54-4048-85b3-a6a62d165c01: vfio 4b20d080-1b54-4048-85b3-a6a62d165c01: failed to read device config space: Bad address',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'old QEMU could not have the device of an open group',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=07:00.0: vfio: error getting device 0000:07:00.0 from group 9: No such device',
      ]),
    },
    expect: ['device-open-not-bound@0000:07:00.0'],
  },
  {
    name: 'a name of a node device that is none',
    facts: {
      messages: messages([
        "error: Could not find matching device 'pci_0000_21:00.0'",
        "error: Node device not found: no node device with matching name 'pci_0000_21:00.0'",
      ]),
    },
    expect: ['node-device-misspelt@host'],
    confidence: 'certain',
  },
  {
    name: 'a name of a node device that is well formed, of a device that is not there',
    facts: {
      messages: messages(["error: Node device not found: no node device with matching name 'pci_0000_0a_00_0'"]),
    },
    expect: ['host-device-missing@0000:0a:00.0'],
  },
  {
    name: 'a node device that is no PCI device',
    facts: { messages: messages(["error: Node device not found: no node device with matching name 'net_eth0'"]) },
    expect: 'skip',
  },
  {
    name: 'Proxmox finds no function in a slot',
    facts: { messages: messages(["TASK ERROR: no PCI device found for '0000:0a:00'"]) },
    expect: ['host-device-missing@0000:0a:00.0'],
  },
  {
    name: 'a virtual function that nobody made again',
    facts: {
      ...pciFacts([endpoint({ address: '0000:0a:00.0', group: 1, driver: 'ixgbe', sriovNumVfs: 0 })]),
      messages: messages(["TASK ERROR: no PCI device found for '0000:0a:10.2'"]),
    },
    expect: ['virtual-function-gone@0000:0a:10.2'],
    confidence: 'likely',
  },
  {
    name: 'an address on a bus whose physical function has some',
    facts: {
      ...pciFacts([endpoint({ address: '0000:0a:00.0', group: 1, driver: 'ixgbe', sriovNumVfs: 2 })]),
      messages: messages(["TASK ERROR: no PCI device found for '0000:0a:10.6'"]),
    },
    expect: ['host-device-missing@0000:0a:10.6'],
  },
  {
    name: 'the memory of a device that is gone',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_region_write(0000:0a:00.0:region1+0x48, 0x0,4) failed: No such device',
      ]),
    },
    expect: ['device-access-failed@0000:0a:00.0'],
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
