import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: "The firmware's framebuffer lies on the display that is to go, though no driver of its own is loaded",
  realMode: true,
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...device('VGA', 'pcie.0', '3.0')],
  parameters: 'vga=791',
  setup: 'remove_modules bochs bochs-drm',
  devices: { '0000:00:03.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
