import { audioCard, INTEL, nic, pciBridge, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'intel_iommu=off: the probe of vfio-pci fails with -22, as on a platform without an IOMMU',
  kernels: ['5.10', '6.1', 'newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp1', '2.0'),
    ...nic('rp1'),
    ...rootPort('rp2', '3.0'),
    ...pciBridge('bridge', 'rp2'),
    ...audioCard('bridge', '1.0'),
  ],
  parameters: 'intel_iommu=off',
  prepare: 'bind_vfio 0000:01:00.0',
  devices: {
    '0000:01:00.0': {
      verdict: 'blocked',
      because: ['iommu-disabled-by-parameter'],
      now: 'group ENOENT',
    },
  },
  causes: ['iommu-disabled-by-parameter'],
  not: ['iommu-absent', 'iommu-absent-in-guest', 'iommu-off-in-firmware'],
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
