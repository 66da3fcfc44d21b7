import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from './errors.ts'

/**
 * The one place that writes to standard output. Nothing calls process.exit after it, so a pipe gets all of it; a
 * reader that goes away (`| head`) is no error.
 */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)))
    process.stdout.write(text, () => resolve())
  })
}

/** Progress and complaints. */
export function complain(text: string): void {
  process.stderr.write(text)
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
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
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
