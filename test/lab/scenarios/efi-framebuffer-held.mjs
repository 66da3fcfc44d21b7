import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    "EFI firmware's framebuffer lies on the display that is to go, on a kernel before 6.0: a VMM cannot map the BAR",
  kernels: ['5.10'],
  loader: 'systemd-boot',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...device('VGA', 'pcie.0', '3.0')],
  setup: 'remove_modules bochs bochs-drm',
  found: ['framebuffer-on-device'],
  devices: { '0000:00:03.0': { verdict: 'blocked', now: 'open-group ENOENT', bound: 'map-bar EBUSY' } },
  mended: { devices: { '0000:00:03.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
