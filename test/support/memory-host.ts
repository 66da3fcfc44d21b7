import type { Host, Ran, Read, Run, Stat } from '../../src/host/host.ts'

/** What a test host holds at a path: text, bytes, a link, an error, or a directory (implied by what is below it). */
export type Entry =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly error: 'denied' | 'unreadable' | 'timeout' }
  | { readonly stat: Partial<Stat>; readonly text?: string }

export interface MemoryHostOptions {
  /** Absolute path → entry. An empty directory is a key that ends in a slash. */
  readonly files?: Readonly<Record<string, Entry>>
  /** `command arg arg` → standard output, or a whole result. */
  readonly programs?: Readonly<
    Record<string, string | Partial<Ran> | { readonly error: 'no-tool' | 'timeout' | 'denied' }>
  >
  readonly dmi?: Readonly<Record<string, string>>
  readonly uid?: number
}

/** A host made of a record of paths, for tests. Links are followed only by `stat(…, true)` and by reading. */
export function memoryHost(options: MemoryHostOptions = {}): Host {
  const files = new Map(Object.entries(options.files ?? {}))
  const directories = new Map<string, Set<string>>()
  for (const path of files.keys()) {
    const parts = path.split('/').filter(Boolean)
    for (let depth = 0; depth < parts.length; depth++) {
      const parent = `/${parts.slice(0, depth).join('/')}`
      const names = directories.get(parent) ?? new Set<string>()
      names.add(parts[depth] ?? '')
      directories.set(parent, names)
    }
    if (path.endsWith('/')) directories.set(path.slice(0, -1), directories.get(path.slice(0, -1)) ?? new Set())
  }
  const resolve = (path: string, hops = 0): string => {
    if (hops > 20) return path
    const parts = path.split('/').filter(Boolean)
    let at = ''
    for (let i = 0; i < parts.length; i++) {
      at += `/${parts[i]}`
      const entry = files.get(at)
      if (entry !== undefined && typeof entry === 'object' && 'link' in entry) {
        const base = entry.link.startsWith('/') ? entry.link : `${at.slice(0, at.lastIndexOf('/'))}/${entry.link}`
        const rest = parts.slice(i + 1).join('/')
        return resolve(normalize(rest === '' ? base : `${base}/${rest}`), hops + 1)
      }
    }
    return at === '' ? '/' : at
  }
  const absent = { ok: false, error: 'absent', code: 'ENOENT' } as const
  const bytes = (path: string): Read<Uint8Array> => {
    const entry = files.get(resolve(path))
    if (entry === undefined)
      return directories.has(resolve(path)) ? { ok: false, error: 'unreadable', code: 'EISDIR' } : absent
    if (typeof entry === 'string') return { ok: true, value: new TextEncoder().encode(entry) }
    if (entry instanceof Uint8Array) return { ok: true, value: entry }
    if ('error' in entry) return { ok: false, error: entry.error, code: entry.error === 'denied' ? 'EACCES' : 'EIO' }
    if ('stat' in entry) return { ok: true, value: new TextEncoder().encode(entry.text ?? '') }
    return absent
  }
  const text = (path: string, limit?: number): Read<string> => {
    const read = bytes(path)
    return read.ok ? { ok: true, value: new TextDecoder().decode(read.value.subarray(0, limit)) } : read
  }
  const list = (path: string): Read<readonly string[]> => {
    const entry = files.get(resolve(path))
    if (entry !== undefined && typeof entry === 'object' && 'error' in entry)
      return { ok: false, error: entry.error, code: 'EACCES' }
    const names = directories.get(resolve(path))
    return names === undefined ? absent : { ok: true, value: [...names].sort() }
  }
  return {
    readText: text,
    readSlow: (path, slow) => Promise.resolve(text(path, slow?.limit)),
    readBytes(path, limit) {
      const read = bytes(path)
      return read.ok ? { ok: true, value: read.value.subarray(0, limit) } : read
    },
    list,
    listSlow: (path) => Promise.resolve(list(path)),
    link(path) {
      const cut = path.lastIndexOf('/')
      const entry = files.get(normalize(`${resolve(path.slice(0, cut) || '/')}/${path.slice(cut + 1)}`))
      if (entry === undefined)
        return directories.has(resolve(path)) ? { ok: false, error: 'unreadable', code: 'EINVAL' } : absent
      return typeof entry === 'object' && 'link' in entry
        ? { ok: true, value: entry.link }
        : { ok: false, error: 'unreadable', code: 'EINVAL' }
    },
    stat(path, follow = false) {
      const at = follow ? resolve(path) : path
      const entry = files.get(at)
      const base: Stat = { kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, modified: 0 }
      if (entry === undefined)
        return directories.has(resolve(at)) ? { ok: true, value: { ...base, kind: 'directory', mode: 0o755 } } : absent
      if (typeof entry === 'string' || entry instanceof Uint8Array)
        return { ok: true, value: { ...base, size: entry.length } }
      if ('link' in entry) return { ok: true, value: { ...base, kind: 'link' } }
      if ('stat' in entry) return { ok: true, value: { ...base, ...entry.stat } }
      return { ok: true, value: { ...base, mode: entry.error === 'denied' ? 0 : 0o644 } }
    },
    run(command, args): Promise<Run> {
      const answer = options.programs?.[[command, ...args].join(' ')]
      if (answer === undefined) return Promise.resolve({ ok: false, error: 'no-tool', detail: `${command}: not found` })
      if (typeof answer === 'string')
        return Promise.resolve({ ok: true, value: { status: 0, stdout: answer, stderr: '', truncated: false } })
      if ('error' in answer) return Promise.resolve({ ok: false, error: answer.error, detail: answer.error })
      return Promise.resolve({ ok: true, value: { status: 0, stdout: '', stderr: '', truncated: false, ...answer } })
    },
    identity() {
      const uid = options.uid ?? 0
      return { uid, gids: [uid], user: uid === 0 ? 'root' : 'user', privileged: uid === 0 }
    },
    dmi(): Promise<Read<Readonly<Record<string, string>>>> {
      return Promise.resolve(options.dmi === undefined ? absent : { ok: true, value: options.dmi })
    },
    origin: { source: 'live', at: '2026-01-01T00:00:00Z', root: '/' },
  }
}

function normalize(path: string): string {
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') out.pop()
    else if (part !== '' && part !== '.') out.push(part)
  }
  return `/${out.join('/')}`
}
