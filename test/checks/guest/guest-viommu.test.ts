import { check } from '../../../checks/guest/guest-viommu.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
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
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
