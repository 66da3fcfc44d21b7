import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'An AMD IOMMU with interrupt remapping: it is on without any parameter',
  kernels: ['5.10', '6.1', '6.12'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
  not: ['iommu-off-in-kernel', 'iommu-default-off', 'interrupt-remapping-missing'],
}
