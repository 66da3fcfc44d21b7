import type { Loader } from '../model/boot.ts'
import type { DistributionFamily } from './distributions.ts'

/** What a person calls it, and how to see that it started the machine. */
export const LOADERS: Readonly<Record<Loader, { readonly title: string; readonly sign: string }>> = {
  grub: { title: 'GRUB', sign: '/etc/default/grub is there and /proc/cmdline begins with BOOT_IMAGE=' },
  'grub-bls': {
    title: 'GRUB with boot loader entries',
    sign: 'grubby is installed and /boot/loader/entries holds *.conf files',
  },
  'systemd-boot': { title: 'systemd-boot', sign: '`bootctl status` names it as the current boot loader' },
  'proxmox-grub': { title: 'GRUB on Proxmox VE', sign: '`efibootmgr -v` shows grubx64.efi or shimx64.efi, or no UEFI' },
  'proxmox-systemd-boot': {
    title: 'systemd-boot on Proxmox VE',
    sign: '`efibootmgr -v` shows systemd-bootx64.efi for the current entry',
  },
  kernelstub: { title: 'kernelstub', sign: '/etc/kernelstub/configuration is there' },
  uki: { title: 'unified kernel images', sign: 'the ESP holds EFI/Linux/*.efi' },
  ostree: { title: 'rpm-ostree', sign: '/run/ostree-booted is there' },
  limine: { title: 'Limine', sign: 'the boot volume holds limine.conf' },
  refind: { title: 'rEFInd', sign: '/boot/refind_linux.conf is there' },
  extlinux: { title: 'extlinux', sign: '/etc/update-extlinux.conf or /boot/extlinux is there' },
  zfsbootmenu: { title: 'ZFSBootMenu', sign: 'zbm-kcl is installed and the root is on ZFS' },
  'raspberry-pi': { title: 'the Raspberry Pi firmware', sign: '/boot/firmware/cmdline.txt is there' },
  efistub: { title: 'the UEFI firmware itself', sign: '`efibootmgr -v` names a kernel for the current entry' },
}

/** Loaders to consider, likeliest first, where it is not known which one started the machine. */
export const USUAL_LOADERS: Readonly<Record<DistributionFamily | 'proxmox' | 'unknown', readonly Loader[]>> = {
  proxmox: ['proxmox-grub', 'proxmox-systemd-boot'],
  debian: ['grub', 'systemd-boot'],
  fedora: ['grub-bls', 'systemd-boot'],
  suse: ['grub', 'systemd-boot'],
  arch: ['grub', 'systemd-boot', 'uki'],
  gentoo: ['grub', 'systemd-boot', 'efistub'],
  alpine: ['grub', 'extlinux'],
  void: ['grub', 'zfsbootmenu'],
  unknown: ['grub', 'grub-bls', 'systemd-boot'],
}

/**
 * The loader that the installer of a system sets up, by `ID` of os-release, else by family; null where there is no such
 * default: Arch and Gentoo leave it to the user, Alpine decides by the firmware, and Tumbleweed has changed its own.
 * Proxmox VE takes GRUB but for ZFS with UEFI and without Secure Boot (its guide, Host Bootloader).
 */
export const DEFAULT_LOADERS: Readonly<Record<string, Loader | null>> = {
  debian: 'grub',
  fedora: 'grub-bls',
  suse: 'grub',
  void: 'grub',
  manjaro: 'grub',
  garuda: 'grub',
  endeavouros: 'systemd-boot',
  pop: 'kernelstub',
  raspbian: 'raspberry-pi',
  proxmox: 'proxmox-grub',
  'opensuse-tumbleweed': null,
}

/** Read-only commands that tell which loader it is. */
export const FIND_LOADER: readonly string[] = [
  'cat /proc/cmdline',
  'bootctl status 2>/dev/null | head -n 20',
  'ls -d /etc/default/grub /etc/kernel/cmdline /etc/kernel/proxmox-boot-uuids /etc/kernelstub /boot/loader/entries /boot/refind_linux.conf /boot/limine.conf /run/ostree-booted 2>/dev/null',
]
