import { expect, test } from 'vitest'
import { collectBoot } from '../../src/collect/boot.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'
import { peImage } from '../support/pe-image.ts'

const VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f'

function efi(name: string, text: string): Record<string, Entry> {
  const bytes = new Uint8Array([7, 0, 0, 0, ...[...`${text}\0`].flatMap((char) => [char.charCodeAt(0), 0])])
  return { [`/sys/firmware/efi/efivars/${name}-${VENDOR}`]: bytes }
}

const DEBIAN: Record<string, Entry> = {
  '/proc/sys/kernel/osrelease': '6.8.0-1\n',
  '/proc/sys/kernel/bootloader_type': '114\n',
  '/etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
  '/boot/vmlinuz-6.8.0-1': '',
  '/boot/grub/grub.cfg': 'menuentry a {\nlinux /vmlinuz-6.8.0-1 root=/dev/a ro quiet\n}\n',
}
const LINE = 'BOOT_IMAGE=/vmlinuz-6.8.0-1 root=/dev/a ro quiet'
const SYSTEMD_BOOT: Record<string, Entry> = {
  '/proc/sys/kernel/osrelease': '6.8.0-1\n',
  ...efi('LoaderInfo', 'systemd-boot 256'),
  ...efi('LoaderEntrySelected', 'arch.conf'),
  '/efi/loader/entries/arch.conf': 'title A\nlinux /vmlinuz\noptions root=/dev/a ro\n',
}
const ARCH = 'initrd=\\initramfs.img root=/dev/a ro intel_iommu=on'

function unwritten(line: string, files: Record<string, Entry>): readonly string[] | undefined {
  const fact = collectBoot(memoryHost({ files: { '/proc/cmdline': line, ...files } }))
  if (fact.state === 'unknown') throw new Error('collectBoot always knows')
  return fact.value.unwritten
}

const both = (files: Record<string, Entry>) => ({ ...DEBIAN, ...files })

test.each<[string, string, Record<string, Entry>, readonly string[] | undefined]>([
  ['nothing for passthrough', LINE, DEBIAN, []],
  ['typed at the menu', `${LINE} intel_iommu=on kvm.ignore_msrs=1`, DEBIAN, ['intel_iommu', 'kvm.ignore_msrs']],
  [
    'written for a menu entry of another kernel',
    `${LINE} intel_iommu=on`,
    both({ '/boot/grub/grub.cfg': 'linux /vmlinuz-6.8.0-1 root=/dev/a ro quiet\nlinux /vmlinuz-5 intel_iommu=on\n' }),
    [],
  ],
  [
    'written with the other stroke',
    `${LINE} vfio-pci.ids=1:2`,
    both({ '/etc/default/grub': 'GRUB_CMDLINE_LINUX="vfio_pci.ids=1:2"' }),
    [],
  ],
  ['in a comment', `${LINE} intel_iommu=on`, both({ '/etc/default/grub': '# intel_iommu=on\n' }), []],
  ['for a loader that is not in use', `${LINE} intel_iommu=on`, both({ '/etc/kernel/cmdline': 'intel_iommu=on' }), []],
  [
    'in the environment block',
    `${LINE} intel_iommu=on`,
    both({ '/boot/grub/grubenv': 'kernelopts=intel_iommu=on\n' }),
    [],
  ],
  ['in custom.cfg', `${LINE} intel_iommu=on`, both({ '/boot/grub/custom.cfg': 'linux /v intel_iommu=on' }), []],
  [
    'in grub.cfg of the EFI system partition',
    `${LINE} intel_iommu=on`,
    both({ '/boot/efi/EFI/centos/grub.cfg': 'linux /v intel_iommu=on' }),
    [],
  ],
  [
    'in an addon of a unified kernel image',
    `${LINE} intel_iommu=on`,
    both({
      '/efi/EFI/Linux/a.efi': peImage({ '.cmdline': 'quiet' }),
      '/efi/loader/addons/x.addon.efi': peImage({ '.cmdline': 'intel_iommu=on' }),
    }),
    [],
  ],
  [
    'custom.cfg is not to be read',
    `${LINE} intel_iommu=on`,
    both({ '/boot/grub/custom.cfg': { error: 'denied' } }),
    undefined,
  ],
  [
    'the EFI system partition is not to be read',
    `${LINE} intel_iommu=on`,
    both({ '/boot/efi/EFI/x/grub.cfg': { error: 'denied' } }),
    undefined,
  ],
  [
    'the environment block is not to be read',
    `${LINE} intel_iommu=on`,
    both({ '/boot/grub/grubenv': { error: 'denied' } }),
    undefined,
  ],
  [
    'grub.cfg is not to be read',
    `${LINE} intel_iommu=on`,
    both({ '/boot/grub/grub.cfg': { error: 'denied' } }),
    undefined,
  ],
  ['started by kexec', `${LINE} intel_iommu=on`, both({ '/proc/sys/kernel/bootloader_type': '208\n' }), undefined],
  [
    'no type of loader, as on Arm',
    `${LINE} intel_iommu=on`,
    Object.fromEntries(Object.entries(DEBIAN).filter(([path]) => !path.endsWith('bootloader_type'))),
    ['intel_iommu'],
  ],
  [
    'the type of loader is not to be read',
    `${LINE} intel_iommu=on`,
    both({ '/proc/sys/kernel/bootloader_type': { error: 'denied' } }),
    undefined,
  ],
  ['the image is not on what is mounted', 'BOOT_IMAGE=/vmlinuz-6.9 root=/dev/a intel_iommu=on', DEBIAN, undefined],
  [
    'a variable of GRUB that nothing sets',
    `${LINE} intel_iommu=on`,
    both({ '/boot/loader/entries/a.conf': 'linux /vmlinuz-6.8.0-1\noptions root=/dev/a $tuned_params\n' }),
    undefined,
  ],
  [
    'a variable of GRUB that is set',
    `${LINE} intel_iommu=on`,
    both({
      '/boot/grub/grubenv': 'tuned_params=nohz\n',
      '/boot/loader/entries/a.conf': 'linux /vmlinuz-6.8.0-1\noptions root=/dev/a $tuned_params\n',
    }),
    ['intel_iommu'],
  ],
  ['typed at the menu of systemd-boot', ARCH, SYSTEMD_BOOT, ['intel_iommu']],
  [
    'in another entry of systemd-boot',
    ARCH,
    { ...SYSTEMD_BOOT, '/efi/loader/entries/b.conf': 'linux /v\noptions intel_iommu=on\n' },
    [],
  ],
  [
    'the entry that was chosen is not there',
    ARCH,
    { ...SYSTEMD_BOOT, ...efi('LoaderEntrySelected', 'b.conf') },
    undefined,
  ],
  [
    'systemd-boot does not say what was chosen',
    ARCH,
    Object.fromEntries(Object.entries(SYSTEMD_BOOT).filter(([path]) => !path.includes('Selected'))),
    undefined,
  ],
])('%s', (_name, line, files, expected) => {
  expect(unwritten(line, files)).toEqual(expected)
})
