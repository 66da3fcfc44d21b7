import { collect } from '../../src/collect/collect.ts'
import type { Capture } from '../../src/host/capture.ts'
import { recordingHost } from '../../src/host/recording.ts'
import { memoryHost, type Entry, type MemoryHostOptions } from '../../test/support/memory-host.ts'
import type { GoldenQuestion } from '../golden.ts'
import { kernelConfig } from './boot.ts'
import { useFiles, type HostUses } from './devices.ts'
import { driverFiles, pciFiles, type Fn, type PciOptions } from './pci.ts'
import { systemFiles, type SystemParts } from './system.ts'
import { VENDORS } from './vendors.ts'

/** A machine put together from compact descriptions. It stands for a kind of host; no such machine was measured. */
export interface Scene {
  readonly slug: string
  /** One line on what it shows. */
  readonly what: string
  readonly questions: readonly GoldenQuestion[]
  readonly system: SystemParts
  readonly functions: readonly Fn[]
  readonly pci: PciOptions
  readonly uses?: HostUses
  /** Lines of the kernel log: seconds since boot, and the text. */
  readonly log: readonly (readonly [seconds: number, text: string])[]
  /** In place of the log: what dmesg and journalctl answer. */
  readonly programs?: NonNullable<MemoryHostOptions['programs']>
  readonly files?: Readonly<Record<string, Entry | null>>
  readonly uid?: number
  /** Nothing is wrong with it: an alarm would be a false one. */
  readonly healthy?: boolean
}

/** Everything that the scene's host holds, by absolute path. */
export function sceneFiles(scene: Scene): Record<string, Entry> {
  const all: Record<string, Entry | null> = {
    ...systemFiles(scene.system),
    [scene.system.os === 'debian' || scene.system.os === 'ubuntu'
      ? '/usr/share/misc/pci.ids'
      : '/usr/share/hwdata/pci.ids']: pciIds(scene.functions),
    [`/usr/lib/modules/${scene.system.release}/modules.alias`]: aliases(scene.functions),
    ...pciFiles(scene.functions, scene.pci),
    ...driverFiles(scene.functions, scene.system),
    ...useFiles(scene.uses ?? {}, scene.functions),
    ...scene.files,
  }
  return Object.fromEntries(Object.entries(all).flatMap(([path, entry]) => (entry === null ? [] : [[path, entry]])))
}

/** The capture that `vfio-doctor capture --no-redact` would make of the scene's host. */
export async function captureOf(scene: Scene): Promise<Capture> {
  const recording = recordingHost(
    memoryHost({
      files: sceneFiles(scene),
      programs: { 'dmesg -r': rawLog(scene), ...configProgram(scene), ...scene.programs },
      uid: scene.uid ?? 0,
    }),
  )
  await collect(recording.host)
  return recording.capture()
}

/** Where the kernel itself holds its configuration, packed. */
function configProgram({ system }: Scene): Record<string, string> {
  return system.os === 'arch' ? { 'zcat /proc/config.gz': kernelConfig(system.config) } : {}
}

function rawLog({ log, system }: Scene): string {
  return [[0, system.banner] as const, [0, `Command line: ${system.commandLine}`] as const, ...log]
    .map(([seconds, text]) => `<6>[${seconds.toFixed(6).padStart(12)}] ${text}\n`)
    .join('')
}

function pciIds(functions: readonly Fn[]): string {
  const vendors = [...new Set(functions.map((one) => one.id.slice(0, 4)))].sort()
  const blocks = vendors.map((vendor) => {
    const devices = new Map(
      functions.filter((one) => one.id.startsWith(vendor)).map((one) => [one.id.slice(5), one.name] as const),
    )
    const lines = [...devices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, name]) => `\t${id}  ${name}`)
    return [`${vendor}  ${VENDORS[vendor] ?? `Vendor ${vendor}`}`, ...lines].join('\n')
  })
  return `${blocks.join('\n')}\n`
}

/** Lines by which the modules in use would claim their devices again. */
function aliases(functions: readonly Fn[]): string {
  const lines = functions.flatMap(({ id, modules = [] }) =>
    modules.map((name) => {
      const [vendor = '', device = ''] = id.toUpperCase().split(':')
      return `alias pci:v0000${vendor}d0000${device}sv*sd*bc*sc*i* ${name}\n`
    }),
  )
  return ['# Aliases extracted from modules themselves.\n', ...new Set(lines)].join('')
}
