import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'iommu=off beside intel_iommu=on: the general word wins, and the kernel says nothing of it',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=on iommu=pt,off',
  causes: ['iommu-disabled-by-parameter'],
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['iommu-disabled-by-parameter'], now: 'group ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
