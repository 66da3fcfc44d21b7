import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'No IOMMU at all, and intel_iommu=on, which the kernel echoes as if there were one: the same -22, another cause',
  kernels: ['5.10', '6.1', 'newest'],
  machine: [...INTEL, ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=on',
  prepare: 'bind_vfio 0000:01:00.0',
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  causes: ['iommu-absent-in-guest'],
  not: ['iommu-disabled-by-parameter', 'iommu-off-in-kernel', 'iommu-default-off'],
  // What the advice comes to: this machine is given an IOMMU.
  mended: {
    machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  },
}
