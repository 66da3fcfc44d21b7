import { dmar } from '../lib/acpi.mjs'
import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Firmware names no remapping unit for the IOAPIC: DMA is translated, and interrupts are not',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  tables: { dmar: dmar({ units: [{ scopes: [] }] }) },
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
}
