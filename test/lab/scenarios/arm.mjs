import { nic, rootPort, virt } from '../lib/machine.mjs'

// VFIO_PCI_VGA is for x86 alone (drivers/vfio/pci/Kconfig): that guest would not start, and the card is well.
export default {
  title:
    'An Arm machine whose SMMU is in front of PCI: two cards, of which one was bound, and a guest that wants x-vga',
  architecture: 'arm64',
  kernels: ['newest'],
  machine: [...virt(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  setup: 'qemu_arguments -device vfio-pci,host=0000:01:00.0,x-vga=on | libvirt_guest win 512',
  prepare: 'bind_vfio 0000:01:00.0',
  found: ['config-no-vfio-vga'],
  devices: {
    '0000:01:00.0': { verdict: 'ready', now: 'works' },
    '0000:02:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' },
  },
}
