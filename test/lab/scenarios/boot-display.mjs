import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

// The remedy is another display for the host, and lies outside of it.
export default {
  title: 'The only display, with the console of the host on its framebuffer',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...device('VGA', 'pcie.0', '3.0')],
  devices: { '0000:00:03.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' } },
}
