import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'amd_iommu=off on an AMD host',
  kernels: ['6.1', '6.12'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'amd_iommu=off',
  devices: {
    '0000:01:00.0': {
      verdict: 'blocked',
      because: ['iommu-disabled-by-parameter'],
      now: 'group ENOENT',
      bound: 'bind EINVAL',
    },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
