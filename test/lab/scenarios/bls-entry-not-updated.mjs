import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// The files are as Fedora 42 lays them out; the kernel is Debian's. Nothing is mended: there is no grubby in Debian.
export default {
  title:
    "Fedora's GRUB with entries of its own: intel_iommu=on is only in /etc/default/grub, and the ids only in the entry",
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=off',
  configure: `
    rm /etc/os-release
    printf 'ID=fedora\\nNAME="Fedora Linux"\\nVERSION_ID=42\\nPRETTY_NAME="Fedora Linux 42"\\n' >/etc/os-release
    rm -r /boot/grub
    mkdir -p /boot/grub2 /boot/loader/entries
    cat >/boot/grub2/grub.cfg <<'EOF'
    set default="\${saved_entry}"
    insmod blscfg
    blscfg
EOF
    line=$(sed 's/^BOOT_IMAGE=[^ ]* //' /proc/cmdline)
    printf 'GRUB_ENABLE_BLSCFG=true\\nGRUB_CMDLINE_LINUX="%s"\\n' "\${line/=off/=on}" >/etc/default/grub
    machine=6ee0b0f0a2b34f1c8f3f0a6d5f0b1c2d
    release=$(uname -r)
    cat >"/boot/loader/entries/$machine-$release.conf" <<EOF
    title Fedora Linux ($release) 42
    version $release
    linux /vmlinuz-$release
    initrd /initramfs-$release.img
    options $line vfio-pci.ids=8086:10d3
    grub_users $grub_users
EOF
  `,
  causes: ['iommu-on-not-generated'],
  found: ['parameter-not-booted'],
  not: ['iommu-on-not-booted', 'parameter-not-generated', 'iommu-on-other-loader', 'parameter-other-loader'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
}
