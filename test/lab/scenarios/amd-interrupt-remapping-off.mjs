import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'An AMD IOMMU that does not remap interrupts',
  kernels: ['6.1', '6.12'],
  machine: [...AMD, ...amdVi('intremap=off'), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
