import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { ModuleFacts } from '../model/modules.ts'
import { cleanLine } from '../parse/clean.ts'
import { modulesOfList, parseProcModules } from '../parse/module-name.ts'
import { containerOf } from './container.ts'
import { moduleDirectories, releaseGap, releaseName } from './release.ts'
import { unread } from './unread.ts'

const LOADED = '/proc/modules'
const LOCKED = '/proc/sys/kernel/modules_disabled'

/** Modules whose parameters the checks ask about. */
const WATCHED = [
  'vfio',
  'vfio_pci',
  'vfio_pci_core',
  'vfio_iommu_type1',
  'iommufd',
  'kvm',
  'kvm_intel',
  'kvm_amd',
] as const

/** Modules of the running kernel: loaded, built in, at hand. Each part says for itself what could not be read. */
export function collectModules(host: Host): Fact<ModuleFacts> {
  const supported = loadingSupported(host)
  const directory = moduleDirectory(host)
  const path = directory.state === 'known' ? directory.value : null
  return known(
    {
      loaded: loadedModules(host, supported),
      builtin: path === null ? builtinByState(host) : builtinModules(host, path),
      loadable: loadableModules(host, directory, supported),
      supported,
      locked: loadingLocked(host),
      parameters: watchedParameters(host),
      directory: directory.state === 'known' ? known(path !== null, directory.source) : directory,
    },
    path === null ? LOADED : `${LOADED}, ${path}`,
  )
}

/** /proc/modules is made by CONFIG_MODULES (kernel/module/procfs.c): missing from a mounted /proc, it is off. */
function loadingSupported(host: Host): Fact<boolean> {
  const stat = host.stat(LOADED)
  if (stat.ok) return known(true, LOADED)
  const mounted = host.stat('/proc/sys/kernel/osrelease').ok
  return stat.error === 'absent' && mounted ? known(false, LOADED) : unread(stat, LOADED)
}

/** A one-way switch (Documentation/admin-guide/sysctl/kernel.rst); a kernel without modules lacks it. */
function loadingLocked(host: Host): Fact<boolean> {
  const read = host.readText(LOCKED, 64)
  if (read.ok) return known(read.value.trim() === '1', LOCKED)
  return read.error === 'absent' ? known(false, LOCKED) : unread(read, LOCKED)
}

function loadedModules(host: Host, supported: Fact<boolean>): Fact<readonly string[]> {
  const read = host.readText(LOADED)
  if (read.ok) return known(parseProcModules(read.value), LOADED)
  return supported.state === 'known' && !supported.value ? known([], LOADED) : unread(read, LOADED)
}

/** The directory with the running kernel's modules; null where there is none: it was upgraded since, or never had one. */
function moduleDirectory(host: Host): Fact<string | null> {
  const release = releaseName(host)
  if (release === null) return releaseGap(host)
  const places = moduleDirectories(release)
  for (const path of places) {
    const stat = host.stat(path, true)
    if (stat.ok) return known(path, path)
    if (stat.error !== 'absent') return unread(stat, path)
  }
  const place = places[0] ?? '/lib/modules'
  // A container has a file system of its own, in which the modules of the host's kernel are seldom found.
  return containerOf(host) === null
    ? known(null, place)
    : unknown('not-collected', place, 'a container does not show the modules of its host')
}

function builtinModules(host: Host, directory: string): Fact<readonly string[]> {
  const path = `${directory}/modules.builtin`
  const read = host.readText(path)
  return read.ok ? known(modulesOfList(read.value), path) : builtinByState(host)
}

/**
 * A loaded module has `initstate`, a built-in one has not (kernel/module/sysfs.c, kernel/params.c). A built-in one is
 * listed only for its parameters or its version, so this list may lack names; those of vfio and kvm have parameters.
 */
function builtinByState(host: Host): Fact<readonly string[]> {
  const path = '/sys/module'
  const list = host.list(path)
  if (!list.ok) return unread(list, path)
  const names = list.value.filter((name) => {
    const stat = host.stat(`${path}/${name}/initstate`)
    return !stat.ok && stat.error === 'absent'
  })
  return known(names, path)
}

function loadableModules(
  host: Host,
  directory: Fact<string | null>,
  supported: Fact<boolean>,
): Fact<readonly string[]> {
  if (supported.state === 'known' && !supported.value) return known([], LOADED)
  if (directory.state === 'unknown') return directory
  if (directory.value === null) return known([], directory.source)
  const path = `${directory.value}/modules.dep`
  const read = host.readText(path)
  return read.ok ? known(modulesOfList(read.value), path) : unread(read, path)
}

function watchedParameters(host: Host): ModuleFacts['parameters'] {
  const found: Record<string, Record<string, string>> = {}
  for (const module of WATCHED) {
    const path = `/sys/module/${module}/parameters`
    const list = host.list(path)
    if (!list.ok) continue
    const values: Record<string, string> = {}
    for (const name of list.value) {
      const read = host.readText(`${path}/${name}`, 4096)
      if (read.ok) values[name] = cleanLine(read.value.trimEnd())
    }
    found[module] = values
  }
  return found
}
