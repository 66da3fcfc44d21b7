import type { ParameterSource } from '../../model/boot.ts'
import type { Host } from '../../host/host.ts'
import { fileOf, type BootContext } from './context.ts'
import type { GrubSetup } from './grub.ts'
import { strikeOut } from './search.ts'

/**
 * What of the running line no file of a boot loader has; undefined where not all could be looked through that hands
 * parameters over. To be asked when all sources were read.
 */
export function unwrittenNames(
  context: BootContext,
  grub: GrubSetup,
  sources: readonly ParameterSource[],
): readonly string[] | undefined {
  const { host, unnamed, open } = context
  if (unnamed.size === 0) return []
  if (context.unread.size > 0 || open.size > 0 || grub.environment === null || !byLoader(host)) return undefined
  const more = moreOfGrub(host)
  if (more === undefined) return undefined
  for (const path of more) {
    const read = host.readText(path, 4_194_304)
    if (read.ok) strikeOut(unnamed, read.value)
    else if (read.error !== 'absent') return undefined
  }
  return startedFromHere(context, sources) ? [...unnamed].map((one) => one.replace(/=$/, '')) : undefined
}

/**
 * What GRUB reads besides the grub.cfg below /boot: the file of a person's own menu (util/grub.d/41_custom.in), and the
 * grub.cfg of the EFI system partition, which is the whole of it in Fedora before 34 and RHEL before 9.
 */
function moreOfGrub(host: Host): readonly string[] | undefined {
  const found = ['/boot/grub/custom.cfg', '/boot/grub2/custom.cfg']
  for (const directory of ['/boot/efi/EFI', '/efi/EFI', '/boot/EFI']) {
    const list = host.list(directory)
    if (!list.ok && list.error !== 'absent') return undefined
    const names = list.ok ? list.value.slice(0, 50) : []
    found.push(...names.flatMap((name) => [`${directory}/${name}/grub.cfg`, `${directory}/${name}/custom.cfg`]))
  }
  return found
}

/**
 * kexec hands a line over that a script may put together (type_of_loader 0x0d: kernel/kexec-bzimage64.c). The file is
 * x86's alone (Documentation/admin-guide/sysctl/kernel.rst: bootloader_type).
 */
function byLoader(host: Host): boolean {
  const read = host.readText('/proc/sys/kernel/bootloader_type', 64)
  return read.ok ? Number(read.value) >> 4 !== 0x0d : read.error === 'absent'
}

/**
 * Whether the partition that the loader reads is the one that is mounted here: it has the image that GRUB started
 * (BOOT_IMAGE, with GRUB's own path), or the entry that systemd-boot says it chose (LoaderEntrySelected).
 */
function startedFromHere(context: BootContext, sources: readonly ParameterSource[]): boolean {
  const image = context.commandLine.parameters.find((one) => one.name === 'BOOT_IMAGE')?.value ?? null
  if (image !== null) {
    const name = fileOf(image)
    return ['/boot', '/boot/kernels'].some((directory) => context.host.stat(`${directory}/${name}`).ok)
  }
  const { selectedEntry } = context
  return typeof selectedEntry === 'string' && sources.some((one) => fileOf(one.path) === selectedEntry)
}
