import type { Host, ReadError } from '../../host/host.ts'
import type { CommandLine, Loader, Parameter, ParameterSource } from '../../model/boot.ts'
import type { UnknownReason } from '../../model/fact.ts'
import { parseCommandLine } from '../../parse/command-line.ts'
import { parseEfiText } from '../../parse/efi-text.ts'
import { releaseName } from '../release.ts'
import { searchedNames, strikeOut } from './search.ts'

/** What the readers of the places share: the running kernel, what the firmware's variables say, and what stayed unread. */
export interface BootContext {
  readonly host: Host
  readonly efi: boolean
  readonly release: string | null
  readonly commandLine: CommandLine
  /** The Boot Loader Interface's variables; null: known not to be set; undefined: could not be read. */
  readonly loaderInfo: string | null | undefined
  readonly stubInfo: string | null | undefined
  /** File name of the loader entry that systemd-boot started (LoaderEntrySelected). */
  readonly selectedEntry: string | null | undefined
  /** proxmox-boot-tool owns the EFI system partitions. */
  readonly proxmoxBootTool: boolean
  readonly unread: Map<string, UnknownReason>
  /** What of the running line no text that was read so far has. */
  readonly unnamed: Set<string>
  /** Entries with variables of GRUB that nothing read here sets. */
  readonly open: Set<string>
}

const VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f'
const EFIVARS = '/sys/firmware/efi/efivars'
const TEXT_LIMIT = 4_194_304

export function bootContext(host: Host): BootContext {
  const efi = host.stat('/sys/firmware/efi').ok
  const line = host.readText('/proc/cmdline', 65_536)
  const unread = new Map<string, UnknownReason>()
  const commandLine = parseCommandLine(line.ok ? line.value : '')
  const context = {
    host,
    efi,
    release: releaseName(host),
    commandLine,
    loaderInfo: efi ? efiVariable(host, 'LoaderInfo') : null,
    stubInfo: efi ? efiVariable(host, 'StubInfo') : null,
    selectedEntry: efi ? efiVariable(host, 'LoaderEntrySelected') : null,
    unread,
    unnamed: searchedNames(commandLine.parameters),
    open: new Set<string>(),
  }
  const uuids = textOf(context, '/etc/kernel/proxmox-boot-uuids')
  return { ...context, proxmoxBootTool: uuids !== null && uuids.trim() !== '' }
}

/** An empty directory is efivarfs that nobody mounted: then a missing variable says nothing. */
function efiVariable(host: Host, name: string): string | null | undefined {
  const read = host.readBytes(`${EFIVARS}/${name}-${VENDOR}`, 4096)
  if (read.ok) return parseEfiText(read.value) ?? undefined
  if (read.error !== 'absent') return undefined
  const list = host.list(EFIVARS)
  return list.ok && list.value.length > 0 ? null : undefined
}

type Noting = Pick<BootContext, 'host' | 'unread'>
type Searching = Noting & Pick<BootContext, 'unnamed'>

/** The text of a file; null where there is none, or where it could not be read, which is noted. */
export function textOf(context: Searching, path: string): string | null {
  const read = context.host.readText(path, TEXT_LIMIT)
  if (read.ok) {
    strikeOut(context.unnamed, read.value)
    return read.value
  }
  note(context, path, read.error)
  return null
}

/** The names in a directory; empty where there is none, or where it could not be read, which is noted. */
export function namesOf(context: Noting, path: string): readonly string[] {
  const list = context.host.list(path)
  if (list.ok) return list.value
  note(context, path, list.error)
  return []
}

/** That a place could not be read; one that is not there is no loss. */
export function note(context: Noting, path: string, error: ReadError): void {
  if (error === 'absent') return
  const reason = error === 'not-recorded' ? 'not-collected' : error
  // A /boot that only root may enter is one place, not ten.
  const shut = ['/boot', '/boot/efi', '/efi'].find((directory) => {
    return path.startsWith(`${directory}/`) && !context.host.list(directory).ok
  })
  context.unread.set(shut ?? path, reason)
}

/**
 * A source of parameters. A file that a person edits and that the loader itself reads is `generated`: nothing has to
 * be run in between.
 */
export function source(
  path: string,
  loader: Loader,
  layer: ParameterSource['layer'],
  parameters: readonly Parameter[],
): ParameterSource {
  return { path, loader, layer, parameters }
}

/** The entries that start the running kernel: by the path that the loader gave, else by release; else all. */
export function forRunningKernel<T>(
  context: BootContext,
  entries: readonly T[],
  namesOfEntry: (entry: T) => readonly string[],
): readonly T[] {
  const image = bootImage(context)
  const byImage =
    image === null ? [] : entries.filter((one) => namesOfEntry(one).some((name) => fileOf(name) === image))
  if (byImage.length > 0) return byImage
  const { release } = context
  const byRelease =
    release === null ? [] : entries.filter((one) => namesOfEntry(one).some((name) => name.includes(release)))
  return byRelease.length > 0 ? byRelease : entries
}

/** `BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.8.0`: the file's name; null where the loader gave none. */
function bootImage(context: BootContext): string | null {
  const value = context.commandLine.parameters.find((one) => one.name === 'BOOT_IMAGE')?.value ?? null
  return value === null ? null : fileOf(value)
}

export function fileOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
