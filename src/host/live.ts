import { resolve } from 'node:path'
import { plainFiles, type Files } from './files.ts'
import { READ_LIMIT, type Host, type HostIdentity, type Read } from './host.ts'
import { ownIdentity } from './identity.ts'
import { memoised } from './memo.ts'
import { findProgram, runProgram, searchPath } from './programs.ts'
import { filesUnder, resolver } from './root.ts'
import { slowFiles } from './slow.ts'

export { checkRoot } from './root.ts'

/** What systeminformation reads where the kernel shows no DMI; without both it starts shells for nothing. */
function libraryHasSource(files: Files): boolean {
  const program = findProgram('dmidecode', searchPath(process.env['PATH']))
  return files.stat('/proc/device-tree', true).ok || (program !== null && program !== 'denied')
}

const NO_DMI = { ok: false, error: 'absent', code: 'ENOENT' } as const

async function libraryTexts(): ReturnType<Host['dmi']> {
  return (await import('./dmi-library.ts')).libraryDmi()
}

/**
 * This machine, or the tree at `root` in place of `/`. Below another root no program is run and systeminformation is
 * not asked: they would speak of the machine that examines, as `identity` does and is meant to.
 */
export function liveHost(options: { readonly root?: string }): Host {
  const root = resolve(options.root ?? '/')
  const whole = root === '/'
  const files = memoised(whole ? plainFiles : filesUnder(root))
  const locate = whole ? (path: string): Read<string> => ({ ok: true, value: path }) : resolver(root)
  const decoder = new TextDecoder()
  let identity: HostIdentity | undefined
  return {
    readText(path, limit = READ_LIMIT) {
      const read = files.read(path, limit)
      return read.ok ? { ok: true, value: decoder.decode(read.value) } : read
    },
    readBytes: (path, limit = READ_LIMIT) => files.read(path, limit),
    list: files.list,
    ...slowFiles((path) => locate(path, true)),
    link: files.link,
    stat: (path, follow = false) => files.stat(path, follow),
    async run(command, args, limits) {
      if (!whole) return { ok: false, error: 'no-tool', detail: 'not run with --root' }
      return runProgram(command, args, limits)
    },
    identity: () => (identity ??= ownIdentity(plainFiles)),
    dmi: () => (whole && libraryHasSource(files) ? libraryTexts() : Promise.resolve(NO_DMI)),
    origin: { source: 'live', at: new Date().toISOString(), root },
  }
}
