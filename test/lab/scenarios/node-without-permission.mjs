import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The device is on vfio-pci, and its node belongs to root',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: 'bind_vfio 0000:01:00.0',
  as: 'user',
  take: 'user',
  memlockKib: 2097152,
  found: ['group-node-for-root'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'open-group EACCES' } },
  mended: {
    follow: ['group-node-for-root'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    not: ['group-node-for-root'],
  },
}
