import { failed, type Failed } from './files.ts'
import { READ_LIMIT, type Host, type Read, type Run, type RunOptions } from './host.ts'
import { once } from './memo.ts'
import { runProgram } from './programs.ts'

const TIMEOUT = 2000

/**
 * Reading through a child process, which can be left behind if the file system never answers. `locate` gives the real
 * path of a path.
 */
export function slowFiles(locate: (path: string) => Read<string>): Pick<Host, 'readSlow' | 'listSlow'> {
  return {
    readSlow: once(async (path: string, options: RunOptions = {}): Promise<Read<string>> => {
      const real = locate(path)
      if (!real.ok) return real
      const run = await runProgram('cat', ['--', real.value], { limit: READ_LIMIT, timeout: TIMEOUT, ...options })
      return answer(run, (stdout) => ({ ok: true, value: stdout }))
    }),
    listSlow: once(async (path: string, options: RunOptions = {}): Promise<Read<readonly string[]>> => {
      const real = locate(path)
      if (!real.ok) return real
      // The slash at the end makes a file in its place an error.
      const args = ['-1A', '--', `${real.value}/`]
      const run = await runProgram('ls', args, { limit: READ_LIMIT, timeout: TIMEOUT, ...options })
      if (run.ok && run.value.truncated) return failed('too long')
      return answer(run, (stdout) => ({ ok: true, value: stdout.split('\n').filter(Boolean).sort() }))
    }),
  }
}

function answer<T>(run: Run, value: (stdout: string) => Read<T>): Read<T> {
  if (!run.ok) return run.error === 'timeout' ? failed('ETIMEDOUT') : failed(run.detail)
  return run.value.status === 0 ? value(run.value.stdout) : said(run.value.stderr)
}

/** The words of strerror(3) in the C locale, at the end of what coreutils and busybox print. */
function said(stderr: string): Failed {
  if (/(No such file or directory|Not a directory)\s*$/.test(stderr)) return failed('ENOENT')
  if (/(Permission denied|Operation not permitted)\s*$/.test(stderr)) return failed('EACCES')
  return failed(/Is a directory\s*$/.test(stderr) ? 'EISDIR' : 'EIO')
}
