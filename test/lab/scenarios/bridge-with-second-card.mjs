import { audioCard, INTEL, pciBridge, pciNic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Behind the bridge, beside the sound card that is to go, a network card of the host: the group is not viable',
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp', '2.0'),
    ...pciBridge('bridge', 'rp'),
    ...audioCard('bridge', '1.0'),
    ...pciNic('bridge', '2.0'),
  ],
  prepare: 'bind_vfio 0000:02:01.0',
  devices: {
    '0000:02:01.0': {
      verdict: 'blocked',
      because: ['group-not-viable'],
      now: 'not-viable EPERM',
      bound: 'not-viable EPERM',
    },
  },
  mended: { devices: { '0000:02:01.0': { verdict: 'ready', now: 'works' } } },
}
