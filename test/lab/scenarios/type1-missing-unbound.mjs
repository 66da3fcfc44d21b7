import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'There is no vfio_iommu_type1, and nothing of VFIO is loaded yet',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: 'remove_modules vfio_iommu_type1',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['vfio-modules-absent'], bound: 'set-iommu ENODEV' } },
}
