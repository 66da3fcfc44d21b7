import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The doctor is run without privilege: it reads 64 bytes of configuration space, and no kernel log',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: 'sysctl -w kernel.dmesg_restrict=1',
  as: 'user',
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
