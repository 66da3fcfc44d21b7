import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'Secure Boot, by shim and GRUB as on Debian: a module built here is refused (raid1 stands for it), and VFIO works',
  kernels: ['newest'],
  loader: 'secure-boot',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: 'unsign_module raid1',
  prepare: 'modprobe raid1',
  found: ['module-signature-refused'],
  // Hibernation is refused to the kernel itself at each such start, which is no program that was refused anything.
  not: ['lockdown-denied', 'module-load-denied'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
