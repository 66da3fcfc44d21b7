import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackWithDependencies } from './apt.mjs'

/** The oldest release whose Node runs the doctor. */
const RELEASE = '/^trixie(-security)?$/'

/**
 * Unpacks the programs of a guest of another architecture as its root. Nothing of them is run here.
 * @param {import('./architectures.mjs').Architecture} architecture
 * @param {string} root
 */
export async function unpackUserland(architecture, root) {
  await unpackWithDependencies(architecture, root, architecture.userland, RELEASE)
  // nodejs: Debian's Node has some of its own modules there.
  for (const name of await readdir(join(root, 'usr/share'))) {
    if (!['nodejs', 'misc'].includes(name)) await rm(join(root, 'usr/share', name), { recursive: true })
  }
}
