import type { Host } from '../host/host.ts'
import { known, type Fact, type Unknown } from '../model/fact.ts'
import { indexPciAliases } from '../parse/pci-aliases.ts'
import { lookupNames } from '../parse/pci-ids.ts'
import { moduleDirectories, releaseName } from './release.ts'
import { unread } from './unread.ts'

const DATABASES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids']

/** Names by `vvvv:dddd` out of the host's pci.ids. */
export function namesOf(host: Host, ids: Iterable<string>): (id: string) => Fact<string | null> {
  let trouble: Unknown | undefined
  for (const path of DATABASES) {
    const read = host.readText(path)
    if (read.ok) {
      const names = lookupNames(read.value, ids)
      return (id) => known(names.get(id) ?? null, path)
    }
    if (trouble === undefined || read.error !== 'absent') trouble = unread(read, path)
  }
  const none = trouble ?? unread({ ok: false, error: 'absent', code: 'ENOENT' }, 'pci.ids')
  return () => none
}

/**
 * Modules that would claim a device, by its modalias, out of the running kernel's modules.alias. Drivers that are
 * built into the kernel are not in that file.
 */
export function modulesFor(host: Host, vendors: ReadonlySet<string>): (modalias: string) => Fact<readonly string[]> {
  const release = releaseName(host)
  let trouble = unread({ ok: false, error: 'absent', code: 'ENOENT' }, '/lib/modules')
  for (const directory of release === null ? [] : moduleDirectories(release)) {
    const path = `${directory}/modules.alias`
    const read = host.readText(path)
    if (read.ok) {
      const lookup = indexPciAliases(read.value, vendors)
      return (modalias) => known(lookup(modalias), path)
    }
    if (trouble.source === '/lib/modules' || read.error !== 'absent') trouble = unread(read, path)
  }
  return () => trouble
}
