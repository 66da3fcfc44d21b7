import type { CommandLine, Loader } from '../model/boot.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { OsFacts } from '../model/system.ts'

/**
 * The loader as the words that it put on the command line tell: GRUB names the image and hands the initramfs over in
 * memory, syslinux names both, and systemd-boot and the firmware name the initramfs with backslashes.
 */
export function loaderOfCommandLine(line: Fact<CommandLine>, os: OsFacts | undefined): Fact<Loader> {
  if (line.state === 'unknown') return line
  const value = (name: string): string | null | undefined =>
    line.value.parameters.find((one) => one.name === name)?.value
  if (value('ostree') !== undefined) return known('ostree', line.source)
  const initrd = value('initrd') ?? ''
  if (/^\\EFI\\proxmox\\/i.test(initrd)) return known('proxmox-systemd-boot', line.source)
  if (/^\\EFI\\Pop_OS/i.test(initrd)) return known('kernelstub', line.source)
  const image = value('BOOT_IMAGE')
  if (typeof image !== 'string' || initrd !== '') return unknown('not-in-paste', 'paste')
  // Fedora and its kin write entries of the Boot Loader Specification for GRUB, and only they name the device.
  const entries = image.startsWith('(') && [os?.id, ...(os?.like ?? [])].includes('fedora')
  return known(entries ? 'grub-bls' : 'grub', line.source)
}
