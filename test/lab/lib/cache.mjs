import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Outside the repository tree: $XDG_CACHE_HOME or ~/.cache. */
export const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vfio-doctor-lab')

/**
 * A path of the cache, made once: `make` fills a temporary neighbour, which then takes the name in one step, so that
 * an interrupted run leaves no half-made entry.
 * @param {string} name relative to the cache
 * @param {(path: string) => Promise<void>} make creates the file or directory at this path
 * @returns {Promise<string>}
 */
export async function cached(name, make) {
  const path = join(CACHE, name)
  if (existsSync(path)) return path
  await mkdir(dirname(path), { recursive: true })
  const work = await mkdtemp(join(dirname(path), '.making-'))
  try {
    await make(join(work, 'made'))
    await rename(join(work, 'made'), path)
  } finally {
    await rm(work, { recursive: true, force: true })
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
