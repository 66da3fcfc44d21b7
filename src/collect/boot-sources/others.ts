import type { Loader, Parameter, ParameterSource } from '../../model/boot.ts'
import { parseCommandLine } from '../../parse/command-line.ts'
import { parseKargsToml, parseKernelstub, parseRefindLinux, parseSyslinux } from '../../parse/loader-configs.ts'
import { parametersOfValue, shellValues } from '../../parse/shell-values.ts'
import { namesOf, source, textOf, type BootContext } from './context.ts'

interface Place {
  readonly paths: readonly string[]
  readonly loader: Loader
  readonly layer: ParameterSource['layer']
  readonly parse: (text: string) => readonly Parameter[] | null
}

function places(): readonly Place[] {
  const plain = (text: string): readonly Parameter[] => parseCommandLine(text).parameters
  const shell = (name: string) => (text: string) => {
    return parametersOfValue(shellValues([{ path: '', text }]).get(name)).map((one) => one.parameter)
  }
  return [
    {
      paths: ['/etc/kernelstub/configuration'],
      loader: 'kernelstub',
      layer: 'configured',
      parse: parseKernelstub,
    },
    { paths: ['/etc/sdboot-manage.conf'], loader: 'systemd-boot', layer: 'configured', parse: shell('LINUX_OPTIONS') },
    { paths: ['/boot/refind_linux.conf'], loader: 'refind', layer: 'generated', parse: parseRefindLinux },
    {
      paths: ['/etc/update-extlinux.conf'],
      loader: 'extlinux',
      layer: 'configured',
      parse: shell('default_kernel_opts'),
    },
    {
      paths: ['/boot/extlinux.conf', '/boot/extlinux/extlinux.conf', '/boot/syslinux/syslinux.cfg'],
      loader: 'extlinux',
      layer: 'generated',
      parse: parseSyslinux,
    },
    {
      paths: ['/boot/firmware/cmdline.txt', '/boot/cmdline.txt'],
      loader: 'raspberry-pi',
      layer: 'generated',
      parse: plain,
    },
  ]
}

/** Loaders with a file or two of their own. */
export function otherSources(context: BootContext): readonly ParameterSource[] {
  const found: ParameterSource[] = []
  for (const { paths, loader, layer, parse } of places()) {
    for (const path of paths) {
      const text = textOf(context, path)
      const parameters = text === null ? null : parse(text)
      if (parameters !== null) found.push(source(path, loader, layer, parameters))
      else if (text !== null) context.unread.set(path, 'unreadable')
    }
  }
  return found
}

/**
 * The line that kernel-install(8), ukify(1), mkinitcpio(8) and proxmox-boot-tool write into entries and images. All but
 * the last make one line of several (90-loaderentry.install: `tr -s "$IFS" ' '`).
 */
export function kernelCommandLineSources(context: BootContext, grubBls: boolean): readonly ParameterSource[] {
  const loader = readerOfKernelCmdline(context, grubBls)
  const whole = ['/etc/kernel/cmdline', '/usr/lib/kernel/cmdline'].flatMap((path) => plainFile(context, path, loader))
  const parts = ['/etc/cmdline.d', '/etc/kernel/cmdline.d'].flatMap((directory) =>
    namesOf(context, directory)
      .filter((name) => name.endsWith('.conf'))
      .flatMap((name) => plainFile(context, `${directory}/${name}`, directory === '/etc/cmdline.d' ? 'uki' : loader)),
  )
  // The first of the two whole files is taken alone (kernel-install(8)).
  return [...whole.slice(0, 1), ...parts]
}

function readerOfKernelCmdline(context: BootContext, grubBls: boolean): Loader {
  if (context.proxmoxBootTool) return 'proxmox-systemd-boot'
  if ((context.stubInfo ?? null) !== null) return 'uki'
  // limine-entry-tool falls back to it.
  if (context.loaderInfo?.toLowerCase().startsWith('limine') === true) return 'limine'
  return grubBls ? 'grub-bls' : 'systemd-boot'
}

/** Arguments that come with a bootc image. */
export function bootcSources(context: BootContext): readonly ParameterSource[] {
  const directory = '/usr/lib/bootc/kargs.d'
  return namesOf(context, directory)
    .filter((name) => name.endsWith('.toml'))
    .flatMap((name) => {
      const path = `${directory}/${name}`
      const text = textOf(context, path)
      return text === null ? [] : [source(path, 'ostree', 'configured', parseKargsToml(text))]
    })
}

function plainFile(context: BootContext, path: string, loader: Loader): readonly ParameterSource[] {
  const text = textOf(context, path)
  if (text === null) return []
  if (loader === 'proxmox-systemd-boot') return [firstLineOf(text, path)]
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  return [source(path, loader, 'configured', parseCommandLine(lines.join(' ')).parameters)]
}

/** proxmox-boot-tool takes the first line as it stands and no other (zz-proxmox-boot, update_esps: get_first_line). */
function firstLineOf(text: string, path: string): ParameterSource {
  const [first = '', ...later] = text.split('\n')
  const rest = later.filter((line) => !line.trimStart().startsWith('#')).join(' ')
  const passedOver = parseCommandLine(rest).parameters.map((parameter) => {
    return { parameter, why: 'past-first-line' } as const
  })
  const taken = source(path, 'proxmox-systemd-boot', 'configured', parseCommandLine(first).parameters)
  return passedOver.length === 0 ? taken : { ...taken, passedOver }
}
