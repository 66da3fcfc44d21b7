import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title:
    "The newest kernel calls this firmware's IVRS a bug, for want of a southbridge IOAPIC, and remaps no interrupts",
  kernels: ['newest'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
