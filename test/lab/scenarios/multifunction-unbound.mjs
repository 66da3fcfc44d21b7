import { INTEL, device, nic, vtd } from '../lib/machine.mjs'

/** Both functions of a slot are on host drivers: binding both, and only both, makes either work. */
export default {
  machine: [...INTEL, ...vtd(), ...nic('pcie.0', '3.0', ',multifunction=on'), ...device('intel-hda', 'pcie.0', '3.1')],
  devices: { '0000:00:03.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
