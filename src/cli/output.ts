import { closeSync, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from './errors.ts'

/** A standard stream by its number: 1 output, 2 errors. */
type Stream = 1 | 2

/** Linux, Documentation/admin-guide/devices.txt: major number 1 is memory, /dev/null among it. */
const MEMORY_DEVICES = 1

/**
 * Whether somebody reads along. Node's own stream is asked only where there can be a terminal: making one
 * loads all of Node's streams.
 */
export function isTerminal(stream: Stream): boolean {
  try {
    const file = fstatSync(stream)
    if (!file.isCharacterDevice() || ((file.rdev >> 8) & 0xfff) === MEMORY_DEVICES) return false
  } catch {
    return false
  }
  return (stream === 1 ? process.stdout : process.stderr).isTTY === true
}

/**
 * The one place that writes to standard output. Done when all of it was taken, so the process may end then; a reader
 * that goes away (`| head`) is no error. Throws UserError where it cannot be written.
 */
export async function print(text: string): Promise<void> {
  let rest: Uint8Array
  try {
    rest = writeNow(1, Buffer.from(text))
  } catch (error) {
    throw new UserError(`cannot write to standard output: ${reason(error)}`)
  }
  if (rest.length === 0) return
  await new Promise<void>((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)))
    process.stdout.write(rest, () => resolve())
  })
}

/** Progress and complaints. */
export function complain(text: string): void {
  try {
    const rest = writeNow(2, Buffer.from(text))
    if (rest.length > 0) process.stderr.write(rest)
  } catch {
    // There is nobody left to tell.
  }
}

/** Writes what a file or pipe takes at once. Gives what is left for Node's stream, which knows how to wait for a pipe. */
function writeNow(stream: Stream, bytes: Uint8Array): Uint8Array {
  let at = 0
  try {
    while (at < bytes.length) at += writeSync(stream, bytes, at)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EPIPE') return new Uint8Array()
    if (code !== 'EAGAIN') throw error
  }
  return bytes.subarray(at)
}

/** Writes a file whole or not at all: a temporary file beside it, then a rename. A device or pipe is written to as it is. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const special = path === '/dev/stdout' || path === '/dev/stderr' || path === '/dev/null'
  const temporary = special ? path : join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    if (special) {
      writeFileSync(path, content)
      return
    }
    const file = openSync(temporary, 'wx', 0o644)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    if (!special) rmSync(temporary, { force: true })
    throw new UserError(`cannot write ${path}: ${reason(error)}`)
  }
}

/** What an errno means to a person. */
export function reason(error: unknown): string {
  const code = codeOf(error)
  switch (code) {
    case 'ENOENT':
      return 'no such file or directory'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOSPC':
      return 'no space left'
    case 'EROFS':
      return 'read-only file system'
    default:
      return code === '' ? 'unexpected error' : code
  }
}

/** The name of the errno that Node gives an error; empty where it has none. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
