import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A kernel whose VFIO modules are not installed',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: 'remove_modules vfio vfio-pci vfio-pci-core vfio_iommu_type1 vfio_virqfd',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['vfio-modules-absent'], bound: 'bind ENOENT' } },
  // What installing them comes to: the same kernel with its modules.
  mended: { setup: ':', devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
