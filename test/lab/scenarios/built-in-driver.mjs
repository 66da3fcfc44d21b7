import { INTEL, rootPort, vtd } from '../lib/machine.mjs'

// The driver of serial cards is part of Debian's kernel: it takes the card before anything can be loaded, and no softdep
// comes before it.
export default {
  title: 'The id of a card is listed whose driver is built into the kernel',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), '-device', 'pci-serial,bus=rp1,id=card'],
  configure: "echo 'options vfio-pci ids=1b36:0002' >/etc/modprobe.d/vfio.conf",
  setup: 'has_initramfs_tools',
  prepare: 'modprobe vfio-pci',
  found: ['bind-too-late-builtin'],
  not: ['bind-too-late', 'bind-too-late-not-loaded'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
