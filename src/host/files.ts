import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import type { Read, Stat } from './host.ts'

/** Synchronous reading of files: what the live forms of the port are made of. */
export interface Files {
  read(path: string, limit: number): Read<Uint8Array>
  list(path: string): Read<readonly string[]>
  link(path: string): Read<string>
  stat(path: string, follow: boolean): Read<Stat>
}

export type Failed = Extract<Read<never>, { ok: false }>

/** The files of this machine, at the paths as given. Expected trouble is a value; nothing here waits for a writer. */
export const plainFiles: Files = {
  read: (path, limit) => attempt(() => readRegular(path, limit)),
  list: (path) => attempt(() => done(readdirSync(path).sort())),
  link: (path) => attempt(() => done(readlinkSync(path))),
  stat: (path, follow) => attempt(() => done(statOf(follow ? statSync(path) : lstatSync(path)))),
}

const CHUNK = 65_536
let scratch: Uint8Array | undefined

/**
 * Whether it is a regular file is asked before it is opened, for opening alone does something to some devices (a
 * watchdog starts, a tape rewinds), and again afterwards, for it may have been replaced. Of sysfs, which holds most of
 * what is read and no device nodes, the first is not asked. O_NONBLOCK keeps a FIFO from waiting for a writer.
 */
function readRegular(path: string, limit: number): Read<Uint8Array> {
  const before = path.startsWith('/sys/') ? null : statSync(path)
  if (before?.isFile() === false) return notRegular(before)
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const stats = fstatSync(file)
    return stats.isFile() ? done(readUpTo(file, limit, stats.size)) : notRegular(stats)
  } finally {
    closeSync(file)
  }
}

/**
 * Until the end of the file, whatever its size is said to be: sysfs says 4096 and procfs 0. Where more than a piece is
 * promised, room is made for it at once.
 */
function readUpTo(file: number, limit: number, promised: number): Uint8Array {
  scratch ??= new Uint8Array(CHUNK)
  const large = promised > CHUNK ? new Uint8Array(Math.min(promised, limit)) : scratch
  const pieces: Uint8Array[] = []
  let total = 0
  let piece = large
  while (total < limit) {
    const count = readSync(file, piece, 0, Math.min(piece.length, limit - total), null)
    if (count === 0) break
    pieces.push(piece === scratch ? piece.slice(0, count) : piece.subarray(0, count))
    piece = scratch
    total += count
  }
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(pieces))
}

function notRegular(stats: Stats): Failed {
  return { ok: false, error: 'unreadable', code: stats.isDirectory() ? 'EISDIR' : 'not a regular file' }
}

function statOf(stats: Stats): Stat {
  return {
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    modified: Math.floor(stats.mtimeMs / 1000),
  }
}

function kindOf(stats: Stats): Stat['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isCharacterDevice()) return 'character'
  return stats.isBlockDevice() ? 'block' : 'other'
}

function done<T>(value: T): Read<T> {
  return { ok: true, value }
}

/** Runs it, and makes a value of the errno it throws; whatever else is thrown is a bug of ours. */
export function attempt<T>(action: () => Read<T>): Read<T> {
  try {
    return action()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (typeof code !== 'string') throw error
    return failed(code)
  }
}

export function failed(code: string): Failed {
  if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, error: 'absent', code }
  if (code === 'EACCES' || code === 'EPERM') return { ok: false, error: 'denied', code }
  return { ok: false, error: code === 'ETIMEDOUT' ? 'timeout' : 'unreadable', code }
}
