import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'DMA remapping without interrupt remapping: it binds, it is viable, and the IOMMU is refused with EPERM',
  kernels: ['5.10', '6.1', '6.12', 'newest'],
  machine: [...INTEL, ...vtd('intremap=off'), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: 'bind_vfio 0000:01:00.0',
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], now: 'set-iommu EPERM' },
  },
  causes: ['interrupt-remapping-missing'],
  mended: {
    machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  },
}
