import type { Loader, ParameterSource } from '../../model/boot.ts'
import { parseBlsEntry, type BlsEntry } from '../../parse/bls-entry.ts'
import { parseCommandLine } from '../../parse/command-line.ts'
import { forRunningKernel, namesOf, source, textOf, type BootContext } from './context.ts'
import type { GrubSetup } from './grub.ts'

interface EntryFile {
  readonly path: string
  readonly name: string
  readonly entry: BlsEntry
}

/** $BOOT of the Boot Loader Specification: the extended boot partition, and the usual mount points of the ESP. */
const PARTITIONS = ['/boot', '/efi', '/boot/efi'] as const
const FILE_COUNT = 200

function isRescue(version: string): boolean {
  return version.includes('rescue') && /(?:^|-)0?-?rescue\b/.test(version)
}

/** Loader entries (Boot Loader Specification, Type #1): those of the running kernel, or the next ostree deployment. */
export function entrySources(context: BootContext, grub: GrubSetup, kernelstub: boolean): readonly ParameterSource[] {
  return PARTITIONS.flatMap((partition) => {
    const files = entryFiles(context, `${partition}/loader/entries`, grub)
    const ostree = files.filter((file) => file.name.startsWith('ostree-'))
    if (ostree.length > 0) return [nextDeployment(ostree)].map((file) => sourceOf(file, 'ostree'))
    const bootable = files.filter((file) => !isRescue(file.entry.version ?? file.name))
    const selected = bootable.filter((file) => file.name === context.selectedEntry)
    if (selected.length > 0) return selected.map((file) => sourceOf(file, loaderOf(context, file, grub, kernelstub)))
    const running = forRunningKernel(context, bootable, ({ name, entry }) => [
      name,
      ...[entry.linux, entry.version].filter((one) => one !== null),
    ])
    return running.map((file) => sourceOf(file, loaderOf(context, file, grub, kernelstub)))
  })
}

function entryFiles(context: BootContext, directory: string, grub: GrubSetup): readonly EntryFile[] {
  const names = namesOf(context, directory).filter((name) => name.endsWith('.conf'))
  return names.slice(0, FILE_COUNT).flatMap((name) => {
    const path = `${directory}/${name}`
    const text = textOf(context, path)
    if (text === null) return []
    const entry = parseBlsEntry(text, grub.environment ?? new Map())
    if (grub.environment === null && entry.variables.length > 0) {
      // Its parameters stand in the environment block, which only root may read.
      context.unread.set(path, 'denied')
      return []
    }
    if (entry.variables.some((name) => grub.environment?.has(name) !== true)) context.open.add(path)
    return entry.linux === null ? [] : [{ path, name, entry }]
  })
}

/** libostree gives the newest deployment the highest `version`; GRUB and systemd-boot put it first. */
function nextDeployment(files: readonly EntryFile[]): EntryFile {
  const number = (file: EntryFile): number => Number(file.entry.version ?? 0) || 0
  return files.reduce((best, file) => (number(file) > number(best) ? file : best))
}

function loaderOf(context: BootContext, file: EntryFile, grub: GrubSetup, kernelstub: boolean): Loader {
  if (context.proxmoxBootTool) return 'proxmox-systemd-boot'
  if (kernelstub && /^Pop_OS/i.test(file.name)) return 'kernelstub'
  const byGrub = grub.bls ?? context.loaderInfo?.startsWith('GRUB') ?? false
  return byGrub ? 'grub-bls' : 'systemd-boot'
}

function sourceOf(file: EntryFile, loader: Loader): ParameterSource {
  return source(file.path, loader, 'generated', parseCommandLine(file.entry.options).parameters)
}
