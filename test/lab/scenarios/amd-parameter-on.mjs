import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'amd_iommu=on is no option of this driver; the IOMMU is on all the same',
  kernels: ['6.1', '6.12'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'amd_iommu=on',
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  not: ['iommu-off-in-kernel', 'iommu-disabled-by-parameter'],
}
