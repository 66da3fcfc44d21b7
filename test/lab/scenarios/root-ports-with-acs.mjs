import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Two cards below root ports with ACS: each has a group of its own, and only the one that was bound is ready',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  prepare: 'bind_vfio 0000:01:00.0',
  devices: {
    '0000:01:00.0': { verdict: 'ready', now: 'works' },
    '0000:02:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' },
  },
}
