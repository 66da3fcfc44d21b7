import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** Outside the repository tree: $XDG_CACHE_HOME or ~/.cache. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vfio-doctor-lab')

const DAY = 24 * 60 * 60 * 1000

const making = new Map()

/**
 * A path of the cache, made once: `make` fills a temporary neighbour, which then takes the name in one step, so that
 * an interrupted run leaves no half-made entry.
 * @param {string} name relative to the cache
 * @param {(path: string) => Promise<void>} make creates the file or directory at this path
 * @param {string} [replaces] entries beside it whose names start so are outdated, and go when a day has passed: another
 *   lab, of other sources, may be running
 * @returns {Promise<string>}
 */
export function cached(name, make, replaces) {
  if (!making.has(name)) making.set(name, getOrMake(join(CACHE, name), make, replaces))
  return making.get(name)
}

async function getOrMake(path, make, replaces) {
  if (existsSync(path)) return path
  const parent = dirname(path)
  await mkdir(parent, { recursive: true })
  const work = await mkdtemp(join(parent, '.making-'))
  try {
    await make(join(work, 'made'))
    await rename(join(work, 'made'), path)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  for (const other of replaces === undefined ? [] : await readdir(parent)) {
    if (!other.startsWith(replaces) || other === basename(path)) continue
    const made = (await stat(join(parent, other)).catch(() => null))?.mtimeMs ?? Infinity
    if (Date.now() - made > DAY) await rm(join(parent, other), { recursive: true, force: true })
  }
  return path
}

/**
 * Names an image by what goes into it.
 * @param {readonly (string | Uint8Array)[]} parts
 * @returns {string} 16 hexadecimal digits
 */
export function digest(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}
