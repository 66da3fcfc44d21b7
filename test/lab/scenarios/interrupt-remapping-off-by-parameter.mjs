import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The hardware remaps interrupts, and intremap=off forbids it',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intremap=off',
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
