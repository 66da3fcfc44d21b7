import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: "The card's driver is blacklisted, and loaded by its name all the same",
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  configure: `
    echo 'blacklist e1000e' >/etc/modprobe.d/blacklist-e1000e.conf
    echo e1000e >/etc/modules-load.d/network.conf
  `,
  setup: 'has_initramfs_tools',
  found: ['blacklist-not-heeded'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
  mended: {
    follow: ['blacklist-not-heeded'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    not: ['blacklist-not-heeded'],
  },
}
