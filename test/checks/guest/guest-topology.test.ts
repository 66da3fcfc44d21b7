import { check } from '../../../checks/guest/guest-topology.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'a machine without a PCI bus',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: No 'PCI' bus found for device 'vfio-pci'",
      ]),
    },
    expect: ['guest-without-bus'],
    severity: 'fail',
  },
  {
    name: 'a slot that is taken',
    facts: {
      messages: messages([
        'qemu-system-x86_64: PCI: slot 2 function 0 not available for vfio-pci, in use by VGA,id=(null)',
      ]),
    },
    expect: ['guest-slot@host'],
  },
  {
    name: 'a bridge on its own bus',
    facts: {
      messages: messages([
        "error: unsupported configuration: PCI controller at index 3 (0x03) has bus='0x03', but index must be larger than bus",
      ]),
    },
    expect: ['guest-slot@host'],
  },
  {
    name: 'a slot that nobody looks at',
    facts: {
      messages: messages([
        'qemu-system-x86_64: warning: PCI: slot 1 is not valid for vfio-pci, parent device only allows plugging into slot 0.',
      ]),
    },
    expect: ['guest-slot-invisible@host'],
  },
  {
    name: 'hot-plug on the root bus',
    facts: { messages: messages(["Error: Bus 'pcie.0' does not support hotplugging"]) },
    expect: ['guest-hotplug@host'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'a bus that the machine does not have',
    facts: {
      messages: messages([
        "kvm: -device vfio-pci,host=0000:01:00.0,bus=ich9-pcie-port-1: Bus 'ich9-pcie-port-1' not found",
      ]),
    },
    expect: ['guest-bus-unknown'],
    severity: 'fail',
  },
  {
    name: 'a function other than 0 plugged into a running guest',
    facts: { messages: messages(['error: internal error: Only PCI device addresses with function=0 are supported']) },
    expect: ['guest-slot@host'],
  },
  {
    name: 'the emulated display has the slot of the passed card',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=00:02.0,addr=0x2: PCI: slot 2 function 0 not available for vfio-pci, in use by cirrus-vga',
      ]),
    },
    expect: ['guest-slot@0000:00:02.0'],
    advises: 'vga: none',
  },
  {
    name: 'another passed device has the slot',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=01:00.0,addr=0x5: PCI: slot 5 function 0 not available for vfio-pci, in use by vfio-pci',
      ]),
    },
    expect: ['guest-slot'],
    advises: 'free guest address',
  },
  ...(
    [
      ['XML error: Invalid PCI address 0000:02:03.0. slot must be <= 0', 'guest-slot'],
      ['XML error: Invalid PCI address 0000:09:00.0. Only PCI buses up to 4 are available', 'guest-slot'],
      ["XML error: Invalid PCI address slot='0x20', must be <= 0x1F", 'guest-slot'],
      ['XML error: Attempted double use of PCI Address 0000:05:00.0', 'guest-slot'],
      [
        "XML error: The device at PCI address 0000:01:00.0 cannot be plugged into the PCI controller with index='1'. It requires a controller that accepts a pcie-root-port.",
        'guest-slot',
      ],
      [
        "internal error: a PCI slot is needed to connect a PCI controller model='pcie-root-port', but none is available, and it cannot be automatically added",
        'guest-slot',
      ],
      ['XML error: No PCI buses available', 'guest-without-bus'],
      ['internal error: No more available PCI slots', 'guest-hotplug'],
      [
        "XML error: The device at PCI address 0000:00:05.0 requires hotplug capability, but the PCI controller with index='0' doesn't support hotplug",
        'guest-hotplug',
      ],
    ] as const
  ).map(([line, code]) => ({
    name: `libvirt says so: ${line}`,
    facts: { messages: messages([`error: ${line}`]) },
    expect: [`${code}@host`],
  })),
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
