import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'A dozen words for the IOMMU, none of which turns it off: in capitals, first off then on, soft, igfx_off; and no message interrupts',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters:
    'intel_iommu=OFF intel_iommu=off,on intel_iommu=igfx_off,strict iommu=soft iommu=OFF iommu.passthrough=1 intel_iommu pci=nomsi',
  found: ['msi-off-by-parameter'],
  not: ['iommu-disabled-by-parameter', 'iommu-off-in-kernel', 'iommu-soft', 'iommu-told-off'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
