import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'noapic takes interrupt remapping along',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'noapic',
  causes: ['apic-off-by-parameter'],
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
