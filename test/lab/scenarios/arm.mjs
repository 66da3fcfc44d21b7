import { nic, rootPort, virt } from '../lib/machine.mjs'

export default {
  title: 'An Arm machine whose SMMU is in front of PCI: two cards, of which one was bound',
  architecture: 'arm64',
  kernels: ['newest'],
  machine: [...virt(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  prepare: 'bind_vfio 0000:01:00.0',
  devices: {
    '0000:01:00.0': { verdict: 'ready', now: 'works' },
    '0000:02:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' },
  },
}
