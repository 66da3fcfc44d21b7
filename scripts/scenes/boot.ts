import type { Entry } from '../../test/support/memory-host.ts'
import type { SystemParts } from './system.ts'
import { INSTALLED } from './times.ts'

/** GRUB on the Debian kin and Fedora, systemd-boot on Arch: each in its usual place, with its initramfs tool. */
export function bootFiles(parts: SystemParts): Record<string, Entry> {
  const { os, release, commandLine } = parts
  const dropped = commandLine.replace(/^BOOT_IMAGE=\S+ /, '').replace(/^initrd=\S+ /, '')
  const image = (name: string): Record<string, Entry> => ({
    [`/boot/${name}`]: { stat: { mode: 0o600, size: 60_000_000, modified: INSTALLED }, text: '' },
  })
  const extra = dropped.replace(/^root=\S+ (ro|rw) ?/, '')
  if (os === 'arch') {
    return {
      ...image('initramfs-linux.img'),
      [`/usr/lib/modules/${release}/pkgbase`]: 'linux\n',
      '/usr/bin/mkinitcpio': '',
      '/etc/mkinitcpio.conf': {
        stat: { modified: INSTALLED - 86_400 },
        text: 'MODULES=()\nHOOKS=(base udev autodetect microcode modconf kms keyboard block filesystems fsck)\n',
      },
      '/boot/loader/loader.conf': 'default arch.conf\n',
      '/boot/loader/entries/arch.conf': `title Arch Linux\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\noptions ${dropped}\n`,
      '/proc/config.gz': '',
      ...efiVariable('LoaderInfo', 'systemd-boot 257.2'),
      ...efiVariable('LoaderEntrySelected', 'arch.conf'),
    }
  }
  const defaults = `GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="${extra}"\nGRUB_CMDLINE_LINUX=""\n`
  const grub = os === 'fedora' ? '/boot/grub2' : '/boot/grub'
  const kernel = `/boot/vmlinuz-${release}`
  return {
    ...(os === 'fedora' ? image(`initramfs-${release}.img`) : image(`initrd.img-${release}`)),
    [`/boot/config-${release}`]: kernelConfig(parts.config),
    '/etc/default/grub': os === 'fedora' ? `${defaults}GRUB_ENABLE_BLSCFG=true\n` : defaults,
    ...(os === 'fedora'
      ? {
          '/usr/bin/dracut': '',
          '/etc/dracut.conf': { stat: { modified: INSTALLED - 86_400 }, text: '' },
          [`${grub}/grub.cfg`]: 'load_env\nblscfg\n',
          [`/boot/loader/entries/0123456789abcdef0123456789abcdef-${release}.conf`]: `title Fedora Linux\nversion ${release}\nlinux /vmlinuz-${release}\ninitrd /initramfs-${release}.img\noptions ${dropped}\n`,
        }
      : {
          '/usr/sbin/mkinitramfs': '',
          '/usr/sbin/update-initramfs': '',
          '/usr/sbin/grub-mkconfig': '#!/bin/sh\nfor x in /etc/default/grub.d/*.cfg ; do . "$x"; done\n',
          '/etc/initramfs-tools/modules': { stat: { modified: INSTALLED - 86_400 }, text: '# one module a line\n' },
          '/etc/initramfs-tools/initramfs.conf': { stat: { modified: INSTALLED - 86_400 }, text: 'MODULES=most\n' },
          [`${grub}/grub.cfg`]: `set default="0"\nmenuentry 'Linux' {\n\tlinux ${kernel} ${dropped}\n\tinitrd /boot/initrd.img-${release}\n}\n`,
        }),
    [`${grub}/grubenv`]: `# GRUB Environment Block\n${'#'.repeat(100)}`,
  }
}

/** A variable of the Boot Loader Interface: attributes, then UTF-16. */
function efiVariable(name: string, value: string): Record<string, Entry> {
  const bytes = [6, 0, 0, 0, ...[...`${value}\0`].flatMap((letter) => [letter.charCodeAt(0), 0])]
  return { [`/sys/firmware/efi/efivars/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`]: Uint8Array.from(bytes) }
}

export function kernelConfig(symbols: Readonly<Record<string, string>>): string {
  const lines = Object.entries(symbols).map(([name, value]) =>
    value === 'n' ? `# ${name} is not set\n` : `${name}=${value}\n`,
  )
  return lines.join('')
}
