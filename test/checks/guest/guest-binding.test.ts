import { check } from '../../../checks/guest/guest-binding.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, pciFacts, messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'vfio-pci did not take the device',
    facts: { messages: messages(["error: Failed to trigger a probe for PCI device '0000:01:00.0': No such device"]) },
    expect: ['vmm-bind-failed@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'the host driver did not let go',
    facts: {
      messages: messages(["error: Failed to unbind PCI device '0000:01:00.0' from nvidia: Device or resource busy"]),
    },
    expect: ['vmm-unbind-failed@0000:01:00.0'],
  },
  {
    name: 'programs still use the card that is taken away',
    facts: {
      messages: messages(['NVRM: Attempting to remove device 0000:0b:00.0 with non-zero usage count!']),
    },
    expect: ['vmm-unbind-failed@0000:0b:00.0'],
    severity: 'fail',
  },
  {
    name: 'vfio-pci is blacklisted',
    facts: {
      messages: messages([
        'error: internal error: Failed to load PCI driver module vfio-pci: administratively prohibited',
      ]),
    },
    expect: ['vmm-module-blacklisted@host'],
  },
  {
    name: 'vfio-pci is missing',
    facts: { messages: messages(['TASK ERROR: Cannot find vfio-pci module!']) },
    expect: ['vmm-module-missing@host'],
  },
  {
    name: 'the device did not go back',
    facts: { messages: messages(['libvirtd: Failed to re-attach PCI device: internal error: no FLR']) },
    expect: ['vmm-return-failed@host'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'the device is on vfio-pci by now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' })]),
      messages: messages(["TASK ERROR: can't unbind/bind PCI group to VFIO '0000:01:00.0'"]),
    },
    expect: ['vmm-bind-failed'],
    severity: 'info',
  },
  {
    name: 'a bridge is refused, and nobody needs it',
    facts: {
      ...pciFacts([bridge({ address: '0000:03:00.0', group: 1 })]),
      messages: messages(["error: Failed to bind PCI device '0000:03:00.0' to vfio-pci: No such device"]),
    },
    expect: ['vmm-bind-failed'],
    severity: 'info',
  },
  {
    name: 'libvirt may not write what it has to',
    facts: {
      messages: messages([
        "Failed to add driver 'vfio-pci' to driver_override interface of PCI device '0000:3b:02.1': Permission denied",
        "Failed to unbind PCI device '0000:3b:02.1' from iavf: Permission denied",
      ]),
    },
    expect: ['vmm-sysfs-denied@0000:3b:02.1'],
    severity: 'fail',
  },
  {
    name: 'Incus waited for vfio-pci in vain',
    facts: {
      messages: messages([
        'Error: Failed to start device "nic1": Device took too long to activate at "/sys/bus/pci/drivers/vfio-pci/0000:5e:00.1"',
      ]),
    },
    expect: ['vmm-bind-failed@0000:5e:00.1'],
  },
  {
    name: 'LXD may not name the driver',
    facts: {
      messages: messages([
        'Error: Failed setting driver override "vfio-pci" for device "0000:5e:00.1" via "/sys/bus/pci/devices/0000:5e:00.1/driver_override": open /sys/bus/pci/devices/0000:5e:00.1/driver_override: permission denied',
      ]),
    },
    expect: ['vmm-sysfs-denied@0000:5e:00.1'],
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
