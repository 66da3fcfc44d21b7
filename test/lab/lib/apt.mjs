import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHE } from './cache.mjs'
import { run, text } from './shell.mjs'

/** Milliseconds for one call of apt-get. */
const PATIENCE = 300_000

const SUITES = ['bullseye', 'bookworm', 'trixie', 'sid', 'bookworm-backports', 'trixie-backports']
const SECURITY = ['bullseye-security', 'bookworm-security', 'trixie-security']

/** An apt state of our own: lists of other releases never mix with the machine's. */
export function privateApt() {
  const at = join(CACHE, 'apt')
  const options = {
    'Dir::State': at,
    'Dir::State::lists': join(at, 'lists'),
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

export async function updateLists() {
  const at = join(CACHE, 'apt')
  await mkdir(join(at, 'lists/partial'), { recursive: true })
  await mkdir(join(at, 'cache/archives/partial'), { recursive: true })
  const { main, security } = await mirrors()
  const lines = [
    ...SUITES.map((suite) => `deb ${main} ${suite} main`),
    ...(security === undefined ? [] : SECURITY.map((suite) => `deb ${security} ${suite} main`)),
  ]
  await writeFile(join(at, 'sources.list'), `${lines.join('\n')}\n`)
  await run('apt-get', [...privateApt(), 'update'], { anyStatus: true, timeout: PATIENCE }) // a suite that is not served is left out
}

/**
 * Unpacks Debian packages into a new directory, without installing anything.
 * @param {string} directory
 * @param {() => Promise<readonly string[]>} choose names them, with a version (`name=1.0-1`) or a suite
 *   (`name/bookworm`); called when the lists are there
 */
export async function unpackInto(directory, choose) {
  await mkdir(directory)
  if ((await readdir(join(CACHE, 'apt/lists')).catch(() => [])).length === 0) await updateLists()
  for (const one of await choose()) {
    // Lists of some weeks ago name versions that the mirror has no more.
    await download(one, directory).catch(async () => {
      await updateLists()
      await download(one, directory)
    })
  }
  for (const deb of (await readdir(directory)).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', deb, '.'], { cwd: directory })
    await rm(join(directory, deb))
  }
}

function download(name, directory) {
  return run('apt-get', [...privateApt(), 'download', name], { cwd: directory, timeout: PATIENCE })
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
