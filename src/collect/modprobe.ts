import type { Host } from '../host/host.ts'
import { known, type Fact, type Unknown } from '../model/fact.ts'
import type { ModprobeDirective, ModprobeFacts } from '../model/modules.ts'
import { cleanLine } from '../parse/clean.ts'
import { parseModprobe } from '../parse/modprobe-conf.ts'
import { parseModulesList } from '../parse/modules-list.ts'
import { unread } from './unread.ts'

/** By precedence, highest first (modprobe.d(5), modules-load.d(5)). */
const ROOTS = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'] as const
const FILE_LIMIT = 1_048_576
/** Text kept of a file that kmod does not read. */
const IGNORED_LIMIT = 16_384

/**
 * modprobe.d as kmod puts it together (libkmod-config.c: kmod_config_new), and what is loaded by name at boot. One
 * file that could not be read leaves the whole unknown: any line may stand in it.
 */
export function collectModprobe(host: Host): Fact<ModprobeFacts> {
  const modprobe = readDirectories(host, 'modprobe.d')
  if ('state' in modprobe) return modprobe
  const load = readDirectories(host, 'modules-load.d')
  if ('state' in load) return load
  const directives: ModprobeDirective[] = []
  const ignored: { path: string; why: 'hidden' | 'suffix'; text: string }[] = []
  for (const file of modprobe.files) {
    const why = ignoredBecause(file)
    if (why === null) directives.push(...parseModprobe(file.text, file.path))
    else if (why === 'hidden' || /vfio|\bids\b|softdep|blacklist/.test(file.text))
      ignored.push({ path: file.path, why, text: cleanText(file.text.slice(0, IGNORED_LIMIT)) })
  }
  const loadAtBoot = load.files
    .filter((file) => !file.hidden && file.name.endsWith('.conf'))
    .flatMap((file) => parseModulesList(file.text).map((module) => ({ module, path: file.path })))
  const legacy = legacyModules(host)
  if ('state' in legacy) return legacy
  return known(
    { directives, ignored, loadAtBoot: [...loadAtBoot, ...legacy.filter((one) => !has(loadAtBoot, one.module))] },
    ROOTS.map((root) => `${root}/modprobe.d`).join(', '),
  )
}

interface ConfigFile {
  readonly name: string
  readonly path: string
  readonly text: string
  /** A directory of higher precedence has a file of this name. */
  readonly hidden: boolean
}

/** Every file of the directories of this name, in the order in which they are read: by file name. */
function readDirectories(host: Host, directory: string): { readonly files: readonly ConfigFile[] } | Unknown {
  const files: ConfigFile[] = []
  const seen = new Set<string>()
  for (const root of distinctRoots(host)) {
    const path = `${root}/${directory}`
    const list = host.list(path)
    if (!list.ok) {
      if (list.error === 'absent') continue
      return unread(list, path)
    }
    for (const name of list.value) {
      const file = `${path}/${name}`
      // A link to /dev/null masks the files below it.
      const masked = host.link(file)
      const stat = host.stat(file, true)
      if (stat.ok && stat.value.kind === 'directory') continue
      const read =
        masked.ok && masked.value === '/dev/null' ? ({ ok: true, value: '' } as const) : host.readText(file, FILE_LIMIT)
      if (!read.ok && read.error !== 'absent' && isRead(name)) return unread(read, file)
      // A dangling link still hides: kmod picks files by name and opens them afterwards.
      files.push({ name, path: file, text: read.ok ? read.value : '', hidden: seen.has(name) })
      seen.add(name)
    }
  }
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) }
}

/** /lib is a link to usr/lib on most systems, and its files are not to be counted twice. */
function distinctRoots(host: Host): readonly string[] {
  return ROOTS.filter((root) => !(root === '/lib' && host.link('/lib').ok))
}

function ignoredBecause(file: ConfigFile): 'hidden' | 'suffix' | null {
  if (!isRead(file.name)) return 'suffix'
  return file.hidden ? 'hidden' : null
}

/** libkmod-config.c: conf_files_filter_out. */
function isRead(name: string): boolean {
  return !name.startsWith('.') && /.\.(?:conf|alias)$/.test(name)
}

/** /etc/modules, of Debian and Alpine; on Debian a file of modules-load.d is a link to it. */
function legacyModules(host: Host): readonly { readonly module: string; readonly path: string }[] | Unknown {
  const path = '/etc/modules'
  const read = host.readText(path, FILE_LIMIT)
  if (read.ok) return parseModulesList(read.value).map((module) => ({ module, path }))
  return read.error === 'absent' || read.code === 'EISDIR' ? [] : unread(read, path)
}

function has(list: readonly { readonly module: string }[], module: string): boolean {
  return list.some((one) => one.module === module)
}

function cleanText(text: string): string {
  return text.split('\n').map(cleanLine).join('\n')
}
