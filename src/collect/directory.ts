import type { Host, Read } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import { cleanLine } from '../parse/clean.ts'
import { unread } from './unread.ts'

/** A sysfs directory that is listed once: what it does not hold costs no further call. */
export interface Directory {
  readonly path: string
  /** Whether it holds this name; unknown where it could not be listed. */
  has(name: string): Fact<boolean>
  /** Its names; empty where it could not be listed. */
  readonly names: readonly string[]
  text(name: string): Read<string>
  link(name: string): Read<string>
}

export function openDirectory(host: Host, path: string): Directory {
  const listed = host.list(path)
  const names = listed.ok ? new Set(listed.value) : null
  // `power/runtime_status` is looked up by its first part.
  const first = (name: string): string => (name.includes('/') ? name.slice(0, name.indexOf('/')) : name)
  const missing = (name: string): boolean => names !== null && !names.has(first(name))
  const absent = { ok: false, error: 'absent', code: 'ENOENT' } as const
  return {
    path,
    names: listed.ok ? listed.value : [],
    has: (name) => (listed.ok ? known(!missing(name), path) : unread(listed, path)),
    text: (name) => (missing(name) ? absent : host.readText(`${path}/${name}`, 4096)),
    link: (name) => (missing(name) ? absent : host.link(`${path}/${name}`)),
  }
}

/** An attribute that every function has. `parse` gives undefined for a text that the kernel would not print there. */
export function required<T>(directory: Directory, name: string, parse: (text: string) => T | undefined): Fact<T> {
  return parsed(directory.text(name), `${directory.path}/${name}`, parse)
}

/** An attribute that some functions or some kernels do not have: then it is `absent`. */
export function optional<T, A>(
  directory: Directory,
  name: string,
  parse: (text: string) => T | undefined,
  absent: A,
): Fact<T | A> {
  const read = directory.text(name)
  const path = `${directory.path}/${name}`
  return !read.ok && read.error === 'absent' ? known(absent, path) : parsed(read, path, parse)
}

/** What a link points at, by its last name, which `parse` reads; null where there is no link. */
export function linked<T>(
  directory: Directory,
  name: string,
  parse: (target: string) => T | undefined,
): Fact<T | null> {
  const read = directory.link(name)
  const path = `${directory.path}/${name}`
  if (!read.ok && read.error === 'absent') return known(null, path)
  return parsed(read, path, (target) => parse(target.slice(target.lastIndexOf('/') + 1)))
}

function parsed<T>(read: Read<string>, path: string, parse: (text: string) => T | undefined): Fact<T> {
  if (!read.ok) return unread(read, path)
  const value = parse(read.value.trim())
  if (value !== undefined) return known(value, path)
  return unknown('unreadable', path, `it says '${cleanLine(read.value.slice(0, 80)).trim()}'`)
}

/** A text that is printed as it is, free of control characters. */
export function plain(text: string): string {
  return cleanLine(text)
}

export function decimal(text: string): number | undefined {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}

export function flag(text: string): boolean | undefined {
  return text === '1' ? true : text === '0' ? false : undefined
}

/** `0x` and as many digits as asked, as a lower-case text without the prefix. */
export function digits(count: number): (text: string) => string | undefined {
  return (text) => (/^0x[0-9a-f]+$/i.test(text) && text.length === count + 2 ? text.slice(2).toLowerCase() : undefined)
}
