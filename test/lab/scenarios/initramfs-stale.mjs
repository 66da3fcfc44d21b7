import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The ids are in modprobe.d since today, and the initramfs, which loads the host driver, is of yesterday',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    modprobe e1000e
    find /etc/hostname | cpio -o -H newc 2>/dev/null | gzip >"/boot/initrd.img-$(uname -r)"
    touch -d '2025-12-31 00:00' "/boot/initrd.img-$(uname -r)"
    printf 'options vfio-pci ids=8086:10d3\\nsoftdep e1000e pre: vfio-pci\\n' >/etc/modprobe.d/vfio.conf
  `,
  found: ['initramfs-stale', 'bind-too-late-not-loaded'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
