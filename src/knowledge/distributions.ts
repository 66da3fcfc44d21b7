/** Distributions that share their tools, and so their commands. */
export type DistributionFamily = 'debian' | 'fedora' | 'suse' | 'arch' | 'gentoo' | 'alpine' | 'void'

/** `ID` and `ID_LIKE` of os-release → family; the first word that is listed decides. */
export const DISTRIBUTION_FAMILIES: Readonly<Record<string, DistributionFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  linuxmint: 'debian',
  pop: 'debian',
  kali: 'debian',
  raspbian: 'debian',
  neon: 'debian',
  zorin: 'debian',
  fedora: 'fedora',
  rhel: 'fedora',
  centos: 'fedora',
  almalinux: 'fedora',
  rocky: 'fedora',
  ol: 'fedora',
  nobara: 'fedora',
  suse: 'suse',
  opensuse: 'suse',
  'opensuse-leap': 'suse',
  'opensuse-tumbleweed': 'suse',
  sles: 'suse',
  sled: 'suse',
  arch: 'arch',
  archarm: 'arch',
  manjaro: 'arch',
  endeavouros: 'arch',
  cachyos: 'arch',
  garuda: 'arch',
  artix: 'arch',
  gentoo: 'gentoo',
  alpine: 'alpine',
  postmarketos: 'alpine',
  void: 'void',
}

/** What brings the installed packages up to date, without root's prefix; `guest-driver` and firmware are no packages. */
export const UPGRADE_COMMANDS: Readonly<Record<DistributionFamily, readonly string[]>> = {
  debian: ['apt update', 'apt full-upgrade'],
  fedora: ['dnf upgrade --refresh'],
  suse: ['zypper refresh', 'zypper update'],
  arch: ['pacman -Syu'],
  gentoo: ['emerge --sync', 'emerge --ask --update --deep --newuse @world'],
  alpine: ['apk upgrade --update-cache'],
  void: ['xbps-install -Su'],
}

/** Packages that bring the vfio modules where the installed kernel is a small one, and why it lacks them. */
export const VFIO_PACKAGES: Readonly<
  Record<DistributionFamily, { readonly command: string; readonly why: string } | null>
> = {
  debian: {
    command: 'apt install linux-image-"$(dpkg --print-architecture)"',
    why: 'The cloud flavour of the kernel has no vfio-pci; the plain one has.',
  },
  fedora: {
    command: 'dnf install kernel-modules-"$(uname -r)"',
    why: 'kernel-core alone has few drivers; kernel-modules holds the rest.',
  },
  suse: { command: 'zypper install kernel-default', why: 'kernel-default-base has few drivers.' },
  arch: {
    command: 'pacman -Syu linux',
    why: 'An update replaces the modules of the running kernel: restart after it.',
  },
  gentoo: null,
  alpine: { command: 'apk add linux-lts', why: 'linux-virt is built for guests and has few drivers.' },
  void: { command: 'xbps-install -S linux', why: 'The package holds the kernel and all of its modules.' },
}

/** Distributions that keep kernel parameters in a way of their own, whatever loader is under it. */
export const OWN_WAY: Readonly<Record<string, { readonly say: string; readonly show?: string }>> = {
  'ubuntu-core': {
    say: 'Ubuntu Core: set it with `snap set system system.kernel.cmdline-append="…"`; the gadget must allow it.',
  },
  vanilla: {
    say: 'Vanilla OS: edit the parameters with `abroot kargs edit`, not the files.',
    show: 'abroot kargs show',
  },
  flatcar: {
    say: 'Flatcar: add a line `set linux_append="$linux_append …"` to grub.cfg of the OEM partition.',
    show: 'ls /oem/grub.cfg /usr/share/oem/grub.cfg',
  },
  steamos: {
    say: 'SteamOS: the root is read-only (`steamos-readonly disable` opens it) and an update may undo the change.',
  },
  'clear-linux-os': { say: 'Clear Linux: put it in /etc/kernel/cmdline.d/vfio.conf, then `clr-boot-manager update`.' },
  solus: { say: 'Solus: put it in /etc/kernel/cmdline.d/vfio.conf, then `clr-boot-manager update`.' },
  incusos: { say: 'IncusOS: kernel settings go through its API (`incus admin os system edit kernel`).' },
}
