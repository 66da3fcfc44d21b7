import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

const machine = (acs) => [
  ...INTEL,
  ...vtd(),
  ...rootPort('rp1', '2.0', `,multifunction=on${acs}`),
  ...nic('rp1'),
  ...rootPort('rp2', '2.1', `,slot=1${acs}`),
  ...nic('rp2'),
]

export default {
  title: 'Two root ports that are functions of one slot and have no ACS: the cards below them are one group',
  kernels: ['6.1'],
  machine: machine(',disable-acs=on'),
  prepare: 'bind_vfio 0000:01:00.0',
  causes: ['acs-missing-port'],
  found: ['group-not-viable'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'not-viable EPERM' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } } },
}
