import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'vfio-pci binds, and there is no vfio_iommu_type1 behind it',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: 'remove_modules vfio_iommu_type1',
  prepare: 'bind_vfio 0000:01:00.0',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['vfio-modules-absent'], now: 'set-iommu ENODEV' } },
  // What installing them comes to: the same kernel with its modules.
  mended: { setup: ':', devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
