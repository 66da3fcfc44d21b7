import type { Loader, ParameterSource } from '../model/boot.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { BootContext } from './boot-sources/context.ts'
import type { GrubSetup } from './boot-sources/grub.ts'

const LOADER_INFO = 'EFI variable LoaderInfo'
const COMMAND_LINE = '/proc/cmdline'
const ZFSBOOTMENU = '/etc/zfsbootmenu'

export interface LoaderEvidence {
  readonly context: BootContext
  readonly grub: GrubSetup
  readonly sources: readonly ParameterSource[]
}

/**
 * The loader that started this kernel: what the loader itself left behind (EFI variables of the Boot Loader
 * Interface, words on the command line) before the files that lie about, which may be left over from another one.
 * null: no loader is set up here at all (a kernel that a hypervisor started). Unknown where two fit.
 */
export function detectLoader(evidence: LoaderEvidence): Fact<Loader | null> {
  const { context } = evidence
  if (wordValue(context, 'ostree') !== undefined) return known('ostree', COMMAND_LINE)
  const byFirmware = fromLoaderInfo(evidence)
  if (byFirmware !== null) return byFirmware
  if ((context.stubInfo ?? null) !== null) {
    if (context.host.stat(ZFSBOOTMENU).ok)
      return unsure('EFI variable StubInfo', 'a unified kernel image started, which may be ZFSBootMenu or this kernel')
    return known('uki', 'EFI variable StubInfo')
  }
  return fromCommandLine(evidence) ?? fromFiles(evidence)
}

function fromLoaderInfo({ context, grub, sources }: LoaderEvidence): Fact<Loader | null> | null {
  const info = context.loaderInfo ?? ''
  const source = `${LOADER_INFO}: ${info}`
  if (begins(info, 'systemd-boot')) {
    if ((context.stubInfo ?? null) !== null) return known('uki', `${source}; StubInfo: ${context.stubInfo}`)
    if (context.proxmoxBootTool) return known('proxmox-systemd-boot', source)
    const stub = sources.some((one) => one.loader === 'kernelstub')
    return known(stub ? 'kernelstub' : 'systemd-boot', source)
  }
  if (begins(info, 'grub')) return known(grubKind(context, grub, sources), source)
  if (begins(info, 'limine')) return known('limine', source)
  if (begins(info, 'refind')) return known('refind', source)
  return null
}

/** In whatever case a loader writes its name, and FAT a path. */
function begins(text: string, lower: string): boolean {
  return text.slice(0, lower.length).toLowerCase() === lower
}

function grubKind(context: BootContext, grub: GrubSetup, sources: readonly ParameterSource[]): Loader {
  if (context.proxmoxBootTool) return 'proxmox-grub'
  const entries = sources.some((one) => one.path.includes('/loader/entries/'))
  return (grub.bls ?? entries) ? 'grub-bls' : 'grub'
}

function fromCommandLine(evidence: LoaderEvidence): Fact<Loader | null> | null {
  const { context, grub, sources } = evidence
  const initrd = wordValue(context, 'initrd') ?? ''
  // systemd-boot and the firmware name the initrd with backslashes; GRUB and the others hand it over in memory.
  if (context.efi && begins(initrd, '\\efi\\proxmox\\')) return known('proxmox-systemd-boot', COMMAND_LINE)
  if (context.efi && begins(initrd, '\\efi\\pop_os')) return known('kernelstub', COMMAND_LINE)
  const image = wordValue(context, 'BOOT_IMAGE')
  if (image === undefined) return null
  // Only GRUB names a device in brackets; syslinux and its kin give a bare path too.
  const syslinux = sources.some((one) => one.loader === 'extlinux')
  if (image?.startsWith('(') === true || (grub.there && !syslinux) || context.proxmoxBootTool)
    return known(grubKind(context, grub, sources), COMMAND_LINE)
  if (syslinux && !grub.there) return known('extlinux', COMMAND_LINE)
  return syslinux ? unsure(COMMAND_LINE, 'GRUB and extlinux are both set up, and BOOT_IMAGE fits either') : null
}

/** No loader left a trace: what is set up, if it is one only. */
function fromFiles({ context, grub, sources }: LoaderEvidence): Fact<Loader | null> {
  const candidates = new Set(sources.map((one) => one.loader).filter((loader) => possible(context, loader)))
  if (context.host.stat(ZFSBOOTMENU).ok) candidates.add('zfsbootmenu')
  if (grub.there && ![...candidates].some((loader) => /grub/.test(loader))) candidates.add('grub')
  const [only, second] = [...candidates]
  const place = sources.find((one) => one.loader === only)?.path ?? (only === 'zfsbootmenu' ? ZFSBOOTMENU : '/boot')
  if (only !== undefined && second === undefined) return known(only, place)
  if (only !== undefined)
    return unsure(
      '/boot, /etc',
      `${[...candidates].join(' and ')} are set up, and none says that it started this kernel`,
    )
  const [path, reason] = [...context.unread][0] ?? []
  if (path !== undefined && reason !== undefined) return unknown(reason, path)
  if (wordValue(context, 'BOOT_IMAGE') !== undefined)
    return unsure(COMMAND_LINE, 'a loader started this kernel, and none is set up where we look: a container, perhaps')
  if (context.efi) return unsure('/boot, /etc', 'no loader is set up: the firmware may start the kernel itself')
  return known(null, '/boot, /etc')
}

/**
 * systemd-boot always sets LoaderInfo, so a firmware that has none of it did not start one. An ostree deployment and
 * a unified kernel image leave traces of their own.
 */
function possible(context: BootContext, loader: Loader): boolean {
  if (loader === 'uki' || loader === 'ostree') return false
  const bySystemdBoot = loader === 'systemd-boot' || loader === 'proxmox-systemd-boot' || loader === 'kernelstub'
  return !bySystemdBoot || (context.efi && context.loaderInfo !== null)
}

/** undefined: the word is not there; null: it has no value. */
function wordValue(context: BootContext, name: string): string | null | undefined {
  return context.commandLine.parameters.find((one) => one.name === name)?.value
}

function unsure(source: string, detail: string): Fact<never> {
  return unknown('unreadable', source, detail)
}
