import { accessSync, constants, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { attempt, failed, plainFiles, type Files } from './files.ts'
import type { Read } from './host.ts'

/** As many links as Linux follows in one path (MAXSYMLINKS, include/linux/namei.h). */
const LINKS = 40

/**
 * The files of the tree at `root`, by the paths that they have inside it. A link is followed as it would be after a
 * chroot: an absolute target starts again at `root`, and `..` stops there. So no path leads out of the tree, though one
 * who rewrites it meanwhile may win a race.
 */
export function filesUnder(root: string): Files {
  const resolve = resolver(root)
  return {
    read: (path, limit) => through(resolve(path, true), (real) => plainFiles.read(real, limit)),
    list: (path) => through(resolve(path, true), plainFiles.list),
    link: (path) => through(resolve(path, false), plainFiles.link),
    stat: (path, follow) => through(resolve(path, follow), (real) => plainFiles.stat(real, false)),
  }
}

function through<T>(resolved: Read<string>, then: (real: string) => Read<T>): Read<T> {
  return resolved.ok ? then(resolved.value) : resolved
}

/** From a path inside the tree to the real one, free of links; with `follow` false the last part may be a link. */
export function resolver(root: string): (path: string, follow: boolean) => Read<string> {
  const base = root.replace(/\/+$/, '')
  const directories = new Map<string, Read<readonly string[]>>()
  const walk = (from: readonly string[], path: string, follow: boolean): Read<readonly string[]> =>
    attempt(() => {
      const parts = [...from]
      const pending = split(path).reverse()
      let links = 0
      for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
        if (part === '..') {
          parts.pop()
          continue
        }
        parts.push(part)
        if (pending.length === 0 && !follow) break
        const real = `${base}/${parts.join('/')}`
        if (!lstatSync(real).isSymbolicLink()) continue
        if (++links > LINKS) return failed('ELOOP')
        const target = readlinkSync(real)
        if (target.startsWith('/')) parts.length = 0
        else parts.pop()
        pending.push(...split(target).reverse())
      }
      return { ok: true, value: parts }
    })
  return (path, follow) => {
    const cut = path.lastIndexOf('/')
    const parent = path.slice(0, Math.max(cut, 0))
    const known = directories.get(parent) ?? walk([], parent, true)
    directories.set(parent, known)
    const whole = known.ok ? walk(known.value, path.slice(cut + 1), follow) : known
    return whole.ok ? { ok: true, value: `${base}/${whole.value.join('/')}` } : whole
  }
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/** One line that says why this directory cannot stand in for `/`; null where it can. */
export function checkRoot(directory: string): string | null {
  const names = attempt(() => {
    const list = readdirSync(directory)
    accessSync(directory, constants.R_OK | constants.X_OK)
    return { ok: true, value: list }
  })
  if (!names.ok) return `cannot read the root ${directory}: ${reasonOf(names.code)}`
  // Taken for a system, an empty mount point would make all things known to be absent.
  const system = ['etc', 'sys', 'proc', 'usr', 'boot', 'lib', 'var', 'run', 'dev']
  if (!names.value.some((name) => system.includes(name))) {
    return `the root ${directory} holds no Linux system: there is no etc, usr, sys or proc in it`
  }
  return null
}

function reasonOf(code: string): string {
  if (code === 'ENOENT') return 'there is no such directory'
  if (code === 'ENOTDIR') return 'it is not a directory'
  return code === 'EACCES' ? 'permission denied' : code
}
