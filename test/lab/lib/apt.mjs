import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHE } from './cache.mjs'
import { run, text } from './shell.mjs'

/** Milliseconds for one call of apt-get. */
const PATIENCE = 300_000

const SUITES = ['bullseye', 'bookworm', 'trixie', 'sid', 'bookworm-backports', 'trixie-backports']
const SECURITY = ['bullseye-security', 'bookworm-security', 'trixie-security']

/** @typedef {import('./architectures.mjs').Architecture} Architecture */

const stateOf = ({ name }) => join(CACHE, name === 'amd64' ? 'apt' : `apt-${name}`)

/**
 * An apt state of our own for an architecture: lists of other releases never mix with the machine's.
 * @param {Architecture} architecture
 */
export function privateApt(architecture) {
  const at = stateOf(architecture)
  const options = {
    'APT::Architecture': architecture.name,
    'APT::Architectures': architecture.name,
    'Dir::State': at,
    'Dir::State::lists': join(at, 'lists'),
    // Nothing is installed there.
    'Dir::State::status': join(at, 'status'),
    'Dir::Cache': join(at, 'cache'),
    'Dir::Etc::sourcelist': join(at, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '30',
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/** @param {Architecture} architecture */
export async function updateLists(architecture) {
  const at = stateOf(architecture)
  await mkdir(join(at, 'lists/partial'), { recursive: true })
  await mkdir(join(at, 'cache/archives/partial'), { recursive: true })
  const { main, security } = await mirrors()
  const lines = [
    ...SUITES.map((suite) => `deb ${main} ${suite} main`),
    ...(security === undefined ? [] : SECURITY.map((suite) => `deb ${security} ${suite} main`)),
  ]
  await writeFile(join(at, 'sources.list'), `${lines.join('\n')}\n`)
  await writeFile(join(at, 'status'), '')
  await run('apt-get', [...privateApt(architecture), 'update'], { anyStatus: true, timeout: PATIENCE }) // a suite that is not served is left out
}

/**
 * Unpacks Debian packages into a new directory, without installing anything.
 * @param {Architecture} architecture
 * @param {string} directory
 * @param {() => Promise<readonly string[]>} choose names them, with a version (`name=1.0-1`) or a suite
 *   (`name/bookworm`); called when the lists are there
 */
export async function unpackInto(architecture, directory, choose) {
  await mkdir(directory)
  await needLists(architecture)
  for (const one of await choose()) {
    await withFreshLists(architecture, () => aptGet(architecture, ['download', one], directory))
  }
  await unpackAll(directory, directory)
}

/**
 * The same for packages with all that they depend on.
 * @param {Architecture} architecture
 * @param {string} directory
 * @param {readonly string[]} names
 * @param {string} release a pattern of apt_preferences(5): the release that they come from
 */
export async function unpackWithDependencies(architecture, directory, names, release) {
  const archives = `${directory}.archives`
  await mkdir(join(archives, 'partial'), { recursive: true })
  await needLists(architecture)
  const where = ['-o', `Dir::Cache::archives=${archives}`, '-o', `APT::Default-Release=${release}`]
  const words = [...where, 'install', '--download-only', '--yes', '--no-install-recommends', ...names]
  await withFreshLists(architecture, () => aptGet(architecture, words))
  await unpackAll(archives, directory)
  await rm(archives, { recursive: true })
}

async function needLists(architecture) {
  const lists = await readdir(join(stateOf(architecture), 'lists')).catch(() => [])
  if (lists.length === 0) await updateLists(architecture)
}

/** Lists of some weeks ago name versions that the mirror has no more. */
function withFreshLists(architecture, work) {
  return work().catch(async () => {
    await updateLists(architecture)
    await work()
  })
}

async function unpackAll(from, to) {
  for (const deb of (await readdir(from)).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(from, deb), to])
    await rm(join(from, deb))
  }
}

function aptGet(architecture, words, cwd) {
  return run('apt-get', [...privateApt(architecture), ...words], { cwd, timeout: PATIENCE })
}

/** The mirrors that this machine's own sources use. */
async function mirrors() {
  const targets = await text('apt-get', 'indextargets', '--format', '$(LABEL)\t$(REPO_URI)', 'Created-By: Packages')
  const uri = (label) =>
    targets
      .split('\n')
      .find((line) => line.startsWith(`${label}\t`))
      ?.split('\t')[1]
  const main = uri('Debian')
  if (main === undefined) throw new Error('no Debian mirror among the apt sources (run apt-get update first)')
  return { main, security: uri('Debian-Security') }
}
