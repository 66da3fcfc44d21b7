import { readFile } from 'node:fs/promises'
import { run } from './shell.mjs'

/**
 * The packages of a list that this machine has not.
 * @param {string} list packages.txt or another beside it
 * @returns {Promise<string[]>}
 */
export async function missingPackages(list) {
  const wanted = (await readFile(new URL(`../${list}`, import.meta.url), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
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
