import { run, text } from './shell.mjs'

/** A directory as an archive whose bytes depend on the files alone. */
export async function archive(root) {
  const names = (await text('find', root, '-mindepth', '1', '-printf', '%P\\n')).split('\n').sort().join('\n')
  const { stdout } = await run('cpio', ['-o', '-H', 'newc', '--reproducible', '-R', '0:0', '--quiet'], {
    cwd: root,
    input: names,
    encoding: 'buffer',
  })
  return stdout
}
