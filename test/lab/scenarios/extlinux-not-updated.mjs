import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// The files are as Alpine lays them out; the kernel is Debian's. What is in extlinux.conf alone must outlive update-extlinux.
export default {
  title: "Alpine's extlinux: intel_iommu=on waits for update-extlinux, and the ids were put into extlinux.conf by hand",
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=off',
  configure: `
    rm /etc/os-release
    printf 'ID=alpine\\nNAME="Alpine Linux"\\nVERSION_ID=3.22.0\\nPRETTY_NAME="Alpine Linux v3.22"\\n' >/etc/os-release
    echo vfio-pci >/etc/modules-load.d/vfio.conf
    rm -r /boot/grub /etc/default/grub
    line=$(sed 's/^BOOT_IMAGE=[^ ]* //; s/^root=[^ ]* ro //' /proc/cmdline)
    cat >/etc/update-extlinux.conf <<EOF
overwrite=1
default_kernel_opts="\${line/=off/=on}"
modules=sd-mod,usb-storage,ext4
root=UUID=3b1f0c8e-5d7a-4e27-9a43-6c2d0f9b7e15
default=lts
EOF
    cat >/boot/extlinux.conf <<EOF
DEFAULT menu.c32
PROMPT 0
TIMEOUT 10

LABEL lts
  MENU DEFAULT
  MENU LABEL Linux lts
  LINUX vmlinuz-lts
  INITRD initramfs-lts
  APPEND root=UUID=3b1f0c8e-5d7a-4e27-9a43-6c2d0f9b7e15 modules=sd-mod,usb-storage,ext4 $line vfio-pci.ids=8086:10d3

MENU SEPARATOR
EOF
  `,
  causes: ['iommu-on-not-generated'],
  found: ['parameter-not-booted'],
  not: ['iommu-on-not-booted', 'parameter-not-generated', 'iommu-on-other-loader', 'parameter-other-loader'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  mended: {
    follow: ['iommu-on-not-generated', 'parameter-not-booted'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
  },
}
