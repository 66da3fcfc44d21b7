import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The same ports with ACS, which a parameter switches off: the cards below them are one group',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp1', '2.0', ',multifunction=on'),
    ...nic('rp1'),
    ...rootPort('rp2', '2.1', ',slot=1'),
    ...nic('rp2'),
  ],
  parameters: 'pci=config_acs=0000000@pci:1b36:000c',
  prepare: 'bind_vfio 0000:01:00.0',
  causes: ['acs-switched-off'],
  found: ['group-not-viable'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'not-viable EPERM' } },
  mended: {
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
    not: ['acs-switched-off'],
  },
}
