import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import { unread } from './unread.ts'

/**
 * Names in a directory that the kernel makes only where it has something to put there. Its absence is an empty list
 * when the directory above can be read: without that, a sysfs that is not mounted would prove that nothing is there.
 */
export function listOrNone(host: Host, path: string): Fact<readonly string[]> {
  const names = host.list(path)
  if (names.ok) return known(names.value, path)
  if (names.error !== 'absent') return unread(names, path)
  const parent = path.slice(0, path.lastIndexOf('/'))
  const above = host.list(parent)
  if (!above.ok) return unread(above, parent)
  return above.value.includes(path.slice(parent.length + 1)) ? unread(names, path) : known([], parent)
}
