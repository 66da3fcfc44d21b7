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
    name: 'caching mode is off',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Failed to set vIOMMU: Device assignment is not allowed without enabling caching-mode=on for Intel IOMMU.',
      ]),
    },
    expect: ['guest-viommu-mode@0000:01:00.0'],
  },
  {
    name: 'a virtual IOMMU without q35',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device intel-iommu: Machine-type 'pc-i440fx-8.2' not supported by IOMMU",
      ]),
    },
    expect: ['guest-viommu-machine@host'],
  },
  {
    name: 'remapping without a split controller',
    facts: {
      messages: messages([
        "error: unsupported configuration: IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')",
      ]),
    },
    expect: ['guest-viommu-interrupts@host'],
  },
  {
    name: 'a virtual IOMMU that is too wide',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Failed to set vIOMMU: aw-bits 48 > host aw-bits 39',
      ]),
    },
    expect: ['guest-viommu-width@0000:01:00.0'],
  },
  {
    name: 'too few address bits',
    facts: {
      messages: messages([
        'qemu-system-x86_64: Address space limit 0x7fffffffff < 0xbc0ffffffff phys-bits too low (39)',
      ]),
    },
    expect: ['guest-address-bits@host'],
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
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
