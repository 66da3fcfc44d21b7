import { device, edu, INTEL, vtd } from '../lib/machine.mjs'

export default {
  title: 'One function of a slot is on its host driver, the other on none: what goes is the group',
  machine: [...INTEL, ...vtd(), ...device('e1000', 'pcie.0', '3.0', ',multifunction=on'), ...edu('pcie.0', '3.1')],
  devices: { '0000:00:03.1': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
