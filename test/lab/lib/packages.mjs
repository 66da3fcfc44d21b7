import { readFile } from 'node:fs/promises'
import { run } from './shell.mjs'

const LIST = new URL('../packages.txt', import.meta.url)

/**
 * The packages of packages.txt that this machine has not.
 * @returns {Promise<string[]>}
 */
export async function missingPackages() {
  const wanted = (await readFile(LIST, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const { stdout } = await run(
    'dpkg-query',
    ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...wanted],
    {
      anyStatus: true,
    },
  )
  const installed = new Set(
    String(stdout)
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return wanted.filter((name) => !installed.has(name))
}
