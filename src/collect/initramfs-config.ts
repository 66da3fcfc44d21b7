import type { Host } from '../host/host.ts'
import type { InitramfsTool } from '../model/boot.ts'
import { known, type Fact, type Unknown } from '../model/fact.ts'
import { parseBooster, parseDracut, parseMkinitcpio, type ConfiguredModule } from '../parse/initramfs-conf.ts'
import { parseModulesList } from '../parse/modules-list.ts'
import type { ShellFile } from '../parse/shell-values.ts'
import { unread } from './unread.ts'

const FILE_LIMIT = 1_048_576

export interface InitramfsConfig {
  readonly modules: readonly ConfiguredModule[]
  readonly hooks: readonly string[] | null
  /** Files of the tool that a person edits. */
  readonly files: readonly string[]
}

/** A host, and what could not be read of it on the way. */
export interface Reader {
  readonly host: Host
  readonly trouble: Unknown[]
}

/** What the tool's own configuration asks for; a file that is not there asks for nothing. */
export function initramfsConfig(reader: Reader, tool: InitramfsTool): InitramfsConfig {
  switch (tool) {
    case 'initramfs-tools': {
      const files = [
        ...single(reader, '/etc/initramfs-tools/modules'),
        ...directory(reader, '/usr/share/initramfs-tools/modules.d', ''),
      ]
      return {
        modules: files.flatMap(({ path, text }) => parseModulesList(text).map((module) => ({ module, source: path }))),
        hooks: null,
        files: ['/etc/initramfs-tools/modules', '/etc/initramfs-tools/initramfs.conf'],
      }
    }
    case 'dracut': {
      const files = dracutFiles(reader)
      return { modules: parseDracut(files), hooks: null, files: paths(files, '/etc/') }
    }
    case 'mkinitcpio': {
      const files = [...single(reader, '/etc/mkinitcpio.conf'), ...directory(reader, '/etc/mkinitcpio.conf.d', '.conf')]
      const { modules, hooks } = parseMkinitcpio(files)
      return { modules, hooks: files.length === 0 ? null : hooks, files: paths(files, '/etc/') }
    }
    case 'booster': {
      const files = single(reader, '/etc/booster.yaml')
      return {
        modules: files.flatMap(({ path, text }) => parseBooster(text, path)),
        hooks: null,
        files: paths(files, '/etc/'),
      }
    }
    // Their features are lists of directories and scripts, not of modules.
    case 'mkinitfs':
      return { modules: [], hooks: null, files: ['/etc/mkinitfs/mkinitfs.conf'] }
    case 'tinyramfs':
      return { modules: [], hooks: null, files: ['/etc/tinyramfs/config'] }
  }
}

export interface FileTime {
  readonly path: string
  /** Seconds since 1970. */
  readonly time: number
}

/**
 * The times of the files that a person edits and that end up in the image: modprobe.d, and the tool's own. Those of
 * /run are made anew at each boot, and those of /usr/lib keep the times of their package: both would tell nothing.
 */
export function configTimes(host: Host, files: readonly string[]): Fact<readonly FileTime[]> {
  const candidates = [...files]
  const directories = ['/etc/modprobe.d', '/usr/local/lib/modprobe.d']
  for (const path of directories) {
    const list = host.list(path)
    if (list.ok)
      candidates.push(...list.value.filter((name) => name.endsWith('.conf')).map((name) => `${path}/${name}`))
    else if (list.error !== 'absent') return unread(list, path)
  }
  const times: FileTime[] = []
  for (const path of candidates) {
    const stat = host.stat(path, true)
    if (!stat.ok && stat.error !== 'absent') return unread(stat, path)
    // A link to /dev/null masks a file; the device's time is that of the boot.
    if (!stat.ok || stat.value.kind !== 'file') continue
    times.push({ path, time: stat.value.modified })
  }
  return known(times, directories.join(', '))
}

export function newestOf(times: Fact<readonly FileTime[]>): Fact<FileTime | null> {
  if (times.state === 'unknown') return times
  let newest: FileTime | null = null
  for (const one of times.value) if (newest === null || one.time > newest.time) newest = one
  return known(newest, newest?.path ?? times.source)
}

/** dracut.conf, then the drop-ins by name over all directories, a higher one hiding the lower (dracut.conf(5)). */
function dracutFiles(reader: Reader): readonly ShellFile[] {
  const byName = new Map<string, ShellFile>()
  for (const path of ['/usr/lib/dracut/dracut.conf.d', '/etc/dracut.conf.d'])
    for (const file of directory(reader, path, '.conf')) byName.set(file.path.slice(path.length), file)
  const dropIns = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return [...single(reader, '/etc/dracut.conf'), ...dropIns]
}

function single({ host, trouble }: Reader, path: string): readonly ShellFile[] {
  const read = host.readText(path, FILE_LIMIT)
  if (read.ok) return [{ path, text: read.value }]
  if (read.error !== 'absent') trouble.push(unread(read, path))
  return []
}

function directory(reader: Reader, path: string, suffix: string): readonly ShellFile[] {
  const list = reader.host.list(path)
  if (!list.ok && list.error !== 'absent') reader.trouble.push(unread(list, path))
  const names = list.ok ? list.value.filter((name) => name.endsWith(suffix) && !name.startsWith('.')) : []
  return names.flatMap((name) => single(reader, `${path}/${name}`))
}

function paths(files: readonly ShellFile[], prefix: string): readonly string[] {
  return files.map((file) => file.path).filter((path) => path.startsWith(prefix))
}
