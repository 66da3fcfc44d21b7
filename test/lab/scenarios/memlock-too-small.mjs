import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: "A user may open the group, and may lock 64 KiB: no guest's memory can be mapped",
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: `
    bind_vfio 0000:01:00.0
    chown alex "/dev/vfio/$(group_of 0000:01:00.0)"
  `,
  as: 'user',
  take: 'user',
  memlockKib: 64,
  found: ['memlock-low'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'map-memory ENOMEM' } },
  mended: {
    follow: ['memlock-low'],
    fill: { KIB: '2097152' },
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    not: ['memlock-low'],
  },
}
