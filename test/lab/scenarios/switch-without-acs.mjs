import { INTEL, nic, rootPort, switchPorts, vtd } from '../lib/machine.mjs'

export default {
  title: 'Two cards below a switch whose ports have no ACS: ports on pcieport in the group are no obstacle',
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp1', '2.0'),
    ...switchPorts('rp1', 'd1', 'd2'),
    ...nic('d1'),
    ...nic('d2'),
  ],
  devices: { '0000:03:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
