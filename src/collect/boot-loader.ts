import type { Loader, ParameterSource } from '../model/boot.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { BootContext } from './boot-sources/context.ts'
import type { GrubSetup } from './boot-sources/grub.ts'
import { secureBoot } from './security.ts'

const LOADER_INFO = 'EFI variable LoaderInfo'
const COMMAND_LINE = '/proc/cmdline'
const ZFSBOOTMENU = '/etc/zfsbootmenu'
const BY_SYSTEMD_BOOT: ReadonlySet<Loader> = new Set(['systemd-boot', 'proxmox-systemd-boot', 'kernelstub'])

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
  if ((context.stubInfo ?? null) !== null) return fromStub(evidence)
  const byFirmware = fromLoaderInfo(evidence)
  if (byFirmware !== null) return byFirmware
  return fromCommandLine(evidence) ?? fromFiles(evidence)
}

/**
 * The stub of a unified kernel image, which leaves its name in each boot, whatever loader started the image
 * (systemd-stub(7), StubInfo). The line is the image's, unless the loader handed one over, which the stub takes while Secure
 * Boot is off (ibid., .cmdline): then the running line shows it.
 */
function fromStub(evidence: LoaderEvidence): Fact<Loader | null> {
  const { context, sources } = evidence
  if (context.host.stat(ZFSBOOTMENU).ok)
    return unsure('EFI variable StubInfo', 'a unified kernel image started, which may be ZFSBootMenu or this kernel')
  const stub = `EFI variable StubInfo: ${context.stubInfo}`
  const byLoader = fromLoaderInfo(evidence)
  if (byLoader === null) return known('uki', 'EFI variable StubInfo')
  const image = known<Loader>('uki', `${byLoader.source}; ${stub}`)
  if (byLoader.state === 'unknown' || secureBoot(context.host) === true) return image
  const { value: loader } = byLoader
  // systemd-boot hands nothing over to the images that it finds, and these are the ones it starts.
  if (loader === null || BY_SYSTEMD_BOOT.has(loader)) return image
  const generated = sources.filter((one) => one.layer === 'generated' && one.parameters.length > 0)
  const images = generated.filter((one) => one.loader === 'uki')
  // GRUB puts its own word in front of each line (grub-core/loader/i386/linux.c), and the others put none.
  const byGrub = begins(context.loaderInfo ?? '', 'grub')
  const own = byGrub ? [] : generated.filter((one) => one.loader === loader)
  const handed = byGrub && wordValue(context, 'BOOT_IMAGE') !== undefined
  if (own.length === 0 && !handed) return image
  const byImage = images.some((one) => isRunning(context, one))
  const byHand = handed || own.some((one) => isRunning(context, one))
  if (byImage && !byHand) return image
  if (byHand && !byImage && images.length > 0) return byLoader
  return unsure(`${byLoader.source}; ${stub}`, 'the line may be that of the unified kernel image or one of its loader')
}

/** Each word of the place is on the running line. */
function isRunning({ commandLine }: BootContext, { parameters }: ParameterSource): boolean {
  const words = new Set(commandLine.parameters.map((one) => one.text))
  return parameters.length > 0 && parameters.every((one) => words.has(one.text))
}

function fromLoaderInfo({ context, grub, sources }: LoaderEvidence): Fact<Loader | null> | null {
  const info = context.loaderInfo ?? ''
  const source = `${LOADER_INFO}: ${info}`
  if (begins(info, 'systemd-boot')) {
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
  return !BY_SYSTEMD_BOOT.has(loader) || (context.efi && context.loaderInfo !== null)
}

/** undefined: the word is not there; null: it has no value. */
function wordValue(context: BootContext, name: string): string | null | undefined {
  return context.commandLine.parameters.find((one) => one.name === name)?.value
}

function unsure(source: string, detail: string): Fact<never> {
  return unknown('unreadable', source, detail)
}
