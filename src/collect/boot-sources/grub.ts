import type { ParameterSource, PassedOver } from '../../model/boot.ts'
import { parseGrubConfig, parseGrubEnvironment, type GrubConfig } from '../../parse/grub-cfg.ts'
import { parseGrubDefaults } from '../../parse/grub-default.ts'
import type { ShellFile } from '../../parse/shell-values.ts'
import { forRunningKernel, namesOf, source, textOf, type BootContext } from './context.ts'
import { strikeOut } from './search.ts'

export interface GrubSetup {
  readonly sources: readonly ParameterSource[]
  /** Its configuration is on this system, written by a person or generated. */
  readonly there: boolean
  /** The menu comes from loader/entries; null where nothing says so or the contrary. */
  readonly bls: boolean | null
  /** GRUB's environment block; null where it could not be read. */
  readonly environment: ReadonlyMap<string, string> | null
}

const DEFAULTS = '/etc/default/grub'
const DROP_INS = '/etc/default/grub.d'
const DIRECTORIES = ['/boot/grub', '/boot/grub2'] as const

/** What is written for GRUB: /etc/default/grub with what is read after it, and the generated grub.cfg. */
export function grubSetup(context: BootContext): GrubSetup {
  const files = defaultFiles(context)
  const defaults = parseGrubDefaults(files)
  const environment = grubEnvironment(context)
  const generated = DIRECTORIES.flatMap((directory) => {
    const path = `${directory}/grub.cfg`
    const text = textOf(context, path)
    return text === null ? [] : [{ path, config: parseGrubConfig(text, environment ?? new Map()) }]
  })
  const blsMenu = generated.some(({ config }) => config.bls)
  const loader = context.proxmoxBootTool ? 'proxmox-grub' : blsMenu || defaults.bls === true ? 'grub-bls' : 'grub'
  return {
    sources: [
      ...defaults.sources.map((one): ParameterSource => {
        const { passedOver } = one
        if (passedOver === undefined || readsDropIns(context) === true) return { ...one, loader, layer: 'configured' }
        // Where no script says that the directory is read, a file of it may hide nothing.
        const over = passedOver.map((it): PassedOver => {
          return it.by?.startsWith(`${DROP_INS}/`) === true ? { ...it, maybe: true } : it
        })
        return { ...one, passedOver: over, loader, layer: 'configured' }
      }),
      ...generated.flatMap(({ path, config }) => {
        const parameters = chosenEntry(context, config)
        return parameters === null ? [] : [source(path, loader, 'generated', parameters)]
      }),
    ],
    there: files.length > 0 || generated.length > 0,
    bls: blsMenu || (defaults.bls ?? (generated.length > 0 ? false : null)),
    environment,
  }
}

/** The first entry of the running kernel: the recovery ones, with fewer parameters, stand below it. */
function chosenEntry(context: BootContext, config: GrubConfig): ParameterSource['parameters'] | null {
  return forRunningKernel(context, config.entries, (entry) => [entry.kernel])[0]?.parameters ?? null
}

function defaultFiles(context: BootContext): readonly ShellFile[] {
  const paths = [DEFAULTS]
  const dropIns = namesOf(context, DROP_INS).filter((name) => name.endsWith('.cfg') && !name.startsWith('.'))
  if (dropIns.length > 0 && readsDropIns(context) !== false) paths.push(...dropIns.map((name) => `${DROP_INS}/${name}`))
  return paths.flatMap((path) => {
    const text = textOf(context, path)
    return text === null ? [] : [{ path, text }]
  })
}

/**
 * The directory is a patch of Debian and Ubuntu: elsewhere grub-mkconfig does not look into it. undefined: the script
 * could not be read.
 */
function readsDropIns(context: BootContext): boolean | undefined {
  const script = ['/usr/sbin/grub-mkconfig', '/usr/bin/grub-mkconfig', '/usr/sbin/grub2-mkconfig']
    .map((path) => context.host.readText(path, 65_536))
    .find((read) => read.ok)
  return script?.ok === true ? script.value.includes('default/grub.d') : undefined
}

function grubEnvironment(context: BootContext): ReadonlyMap<string, string> | null {
  let denied = false
  for (const directory of DIRECTORIES) {
    const read = context.host.readText(`${directory}/grubenv`, 65_536)
    if (read.ok) {
      strikeOut(context.unnamed, read.value)
      return parseGrubEnvironment(read.value)
    }
    denied ||= read.error !== 'absent'
  }
  return denied ? null : new Map()
}
