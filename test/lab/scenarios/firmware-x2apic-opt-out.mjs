import { dmar } from '../lib/acpi.mjs'
import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Firmware asks the kernel to stay out of x2APIC mode, and to protect against DMA: neither is in the way',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd('intremap=on,aw-bits=48,caching-mode=on,device-iotlb=on'),
    ...rootPort('rp1', '2.0'),
    ...nic('rp1'),
  ],
  tables: { dmar: dmar({ flags: 7, width: 48, units: [{}] }) },
  parameters: 'intel_iommu=strict,sp_off iommu=pt',
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  not: ['interrupt-remapping-missing', 'iommu-option-unknown'],
}
