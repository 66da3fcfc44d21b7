import { accessSync, constants, statSync } from 'node:fs'
import { attempt } from './files.ts'
import type { Run, RunOptions } from './host.ts'
import { ownProgram } from './own-programs.ts'

/** Where administrators' tools are and a plain user's PATH does not look; the last two are those of NixOS. */
const MORE = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
  '/run/wrappers/bin',
  '/run/current-system/sw/bin',
]

/**
 * Runs a program of this machine: no shell, C locale, standard input closed, in a process group of its own that is
 * killed when the time is up. A program that is not there costs no more than the look for it.
 */
export async function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const limit = options.limit ?? 32 * 1024 * 1024
  const own = ownProgram(command, args, limit)
  if (own !== null) return { ok: true, value: own }
  const directories = searchPath(process.env['PATH'])
  const found = findProgram(command, directories)
  if (found === null) return { ok: false, error: 'no-tool', detail: `${command}: not found` }
  if (found === 'denied') return { ok: false, error: 'denied', detail: `${command}: may not be executed` }
  const { spawn } = await import('./spawn.ts')
  return spawn(found, args, {
    timeout: options.timeout ?? 5000,
    limit,
    env: environment(directories),
  })
}

/** A relative directory is left out: what is run must not depend on where the doctor is called. */
export function searchPath(path: string | undefined): readonly string[] {
  const own = (path ?? '').split(':').filter((directory) => directory.startsWith('/'))
  return [...new Set([...own, ...MORE])]
}

/**
 * The file that would be run. The look is our own, since execvp(3) answers "permission denied" for a program that is
 * nowhere when one directory of the path may not be searched.
 */
export function findProgram(command: string, directories: readonly string[]): string | 'denied' | null {
  const candidates = command.includes('/') ? [command] : directories.map((directory) => `${directory}/${command}`)
  let denied = false
  for (const path of candidates) {
    const usable = attempt(() => {
      if (!statSync(path).isFile()) return { ok: true, value: false }
      accessSync(path, constants.X_OK)
      return { ok: true, value: true }
    })
    if (usable.ok && usable.value) return path
    if (!usable.ok && usable.error === 'denied') denied ||= attempt(() => ({ ok: true, value: statSync(path) })).ok
  }
  return denied ? 'denied' : null
}

function environment(directories: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    // These change what a tool prints, or start something to show it with.
    if (value !== undefined && !/^(LC_|LANG|QUOTING_STYLE$|.*PAGER$|GREP_|LS_)/.test(name)) env[name] = value
  }
  return { ...env, LC_ALL: 'C', PATH: directories.join(':') }
}
