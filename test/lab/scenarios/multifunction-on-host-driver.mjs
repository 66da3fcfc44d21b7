import { device, edu, INTEL, vtd } from '../lib/machine.mjs'

export default {
  title: 'Two functions of one slot without ACS share a group: one is on vfio-pci, the other on its host driver',
  machine: [...INTEL, ...vtd(), ...device('e1000', 'pcie.0', '3.0', ',multifunction=on'), ...edu('pcie.0', '3.1')],
  prepare: 'bind_vfio 0000:00:03.1',
  devices: {
    '0000:00:03.1': { verdict: 'blocked', because: ['group-not-viable'], now: 'not-viable EPERM' },
  },
  mended: { devices: { '0000:00:03.1': { verdict: 'ready', now: 'works' } } },
}
