import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// The remedy is to give the host another way out, which the doctor says in words and leaves to the reader.
export default {
  title: 'The network card that is to go carries the default route',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: `
    ip address add 192.0.2.2/24 dev eth0
    ip link set eth0 up
    ip route add default via 192.0.2.1
  `,
  devices: { '0000:01:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' } },
}
