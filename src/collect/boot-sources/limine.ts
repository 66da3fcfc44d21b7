import type { Parameter, ParameterSource, PassedOver } from '../../model/boot.ts'
import { parseLimineConfig } from '../../parse/limine-config.ts'
import { parametersOfValue, shellValues, type ShellFile, type ShellNotes } from '../../parse/shell-values.ts'
import { namesOf, source, textOf, type BootContext } from './context.ts'

const DEFAULTS = '/etc/default/limine'
/** Where Limine itself looks, on the partitions as they are mounted (CONFIG.md of Limine, location of the config file). */
const USUAL = ['', '/limine', '/EFI/BOOT'].flatMap((part) => [
  `/boot${part}/limine.conf`,
  `/boot/efi${part}/limine.conf`,
])
const MORE = [
  '/boot/EFI/limine/limine.conf',
  '/boot/efi/EFI/limine/limine.conf',
  ...['', '/limine', '/EFI/BOOT', '/EFI/limine'].map((part) => `/efi${part}/limine.conf`),
]

/**
 * What is written for Limine: its own configuration, and what limine-entry-tool and its hooks make that from. The further
 * places are looked at where there is a sign of Limine, so that a capture that lacks them is not the poorer for it.
 */
export function limineSources(context: BootContext): readonly ParameterSource[] {
  const defaults = fileOf(context, DEFAULTS)
  const usual = USUAL.flatMap((path) => fileOf(context, path))
  const byLimine = context.loaderInfo?.toLowerCase().startsWith('limine') === true
  if (!byLimine && defaults.length === 0 && usual.length === 0) return []
  const menus = [...usual, ...MORE.flatMap((path) => fileOf(context, path))]
  return [
    ...toolSources(context, [...toolFiles(context), ...defaults], byLimine),
    ...menus.flatMap(({ path, text }): readonly ParameterSource[] => {
      const line = parseLimineConfig(text, context.commandLine.parameters)
      if (line === null) return []
      const { parameters, perhaps } = line
      return [{ ...source(path, 'limine', 'generated', parameters), ...(perhaps.length === 0 ? {} : { perhaps }) }]
    }),
  ]
}

/** In the order in which limine-common-functions reads them (load_config), before /etc/default/limine. */
function toolFiles(context: BootContext): readonly ShellFile[] {
  const within = (directory: string): readonly ShellFile[] =>
    namesOf(context, directory)
      .filter((name) => name.endsWith('.conf'))
      .flatMap((name) => fileOf(context, `${directory}/${name}`))
  return [
    ...within('/usr/share/limine-entry-tool.d'),
    ...fileOf(context, '/etc/limine-entry-tool.conf'),
    ...within('/etc/limine-entry-tool.d'),
  ]
}

/**
 * KERNEL_CMDLINE[default] is for all kernels, KERNEL_CMDLINE["linux-lts"] for the one of that name, and [fallback] for the
 * entry of the fallback image. Whether the line of a name stands beside the common one or in its place is not relied on.
 * Where Limine starts a unified kernel image, the tool puts the line into that (ENABLE_UKI).
 */
function toolSources(context: BootContext, files: readonly ShellFile[], byLimine: boolean): readonly ParameterSource[] {
  const loader = byLimine && (context.stubInfo ?? null) !== null ? 'uki' : 'limine'
  const notes: ShellNotes = { overwritten: [], strays: [] }
  const values = shellValues(files, notes)
  const names = [...values.keys()].flatMap((key) => /^KERNEL_CMDLINE\[(.+)\]$/.exec(key)?.[1] ?? [])
  const kernel = names.some((name) => name !== 'default' && name !== 'fallback') ? kernelName(context) : null
  const of = (keys: readonly string[]) => keys.flatMap((key) => parametersOfValue(values.get(key)))
  const common = of(COMMON)
  const named = names.filter((name) => (kernel === null ? name !== 'default' && name !== 'fallback' : name === kernel))
  const special = of(named.map((name) => `KERNEL_CMDLINE[${name}]`))
  const [sure, unsure] = kernel === null || named.length === 0 ? [common, special] : [special, common]
  return files.map(({ path }) => {
    const at = (list: ReturnType<typeof parametersOfValue>): readonly Parameter[] =>
      list.filter((one) => one.path === path).map((one) => one.parameter)
    const perhaps = at(unsure)
    const passedOver = notes.overwritten.flatMap(({ name, segments, by }): readonly PassedOver[] => {
      if (!COMMON.includes(name)) return []
      const lost = at(parametersOfValue(segments)).filter((one) => !common.some((it) => it.parameter.text === one.text))
      return lost.map((parameter) => ({ parameter, why: 'overwritten', by, maybe: true }))
    })
    return {
      ...source(path, loader, 'configured', at(sure)),
      ...(perhaps.length === 0 ? {} : { perhaps }),
      ...(passedOver.length === 0 ? {} : { passedOver }),
    }
  })
}

const COMMON: readonly string[] = ['KERNEL_CMDLINE', 'KERNEL_CMDLINE[default]']

/** Arch's name of the running kernel's package; null where it could not be read. */
function kernelName(context: BootContext): string | null {
  if (context.release === null) return null
  const read = context.host.readText(`/usr/lib/modules/${context.release}/pkgbase`, 256)
  return read.ok ? read.value.trim() : null
}

function fileOf(context: BootContext, path: string): readonly ShellFile[] {
  const text = textOf(context, path)
  return text === null ? [] : [{ path, text }]
}
