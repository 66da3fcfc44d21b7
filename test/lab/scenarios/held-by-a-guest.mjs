import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A process has the card, as a running guest would: it is ready, and busy for anybody else',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  prepare: `
    bind_vfio 0000:01:00.0
    bind_vfio 0000:02:00.0
    /lab/truth hold 16 0000:01:00.0 &
    sleep 2
  `,
  found: ['device-in-guest'],
  devices: {
    '0000:01:00.0': { verdict: 'ready', now: 'open-group EBUSY' },
    '0000:02:00.0': { verdict: 'ready', now: 'works' },
  },
}
