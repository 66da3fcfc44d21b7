import { readFileSync } from 'node:fs'
import { readKernelRing } from './kernel-ring.ts'
import type { Ran } from './host.ts'

/**
 * What two programs print, made here: starting a process costs more than reading all of sysfs. null where that does not
 * work out, or for any other program: then the program itself is run, and says what is wrong in its own words.
 */
export function ownProgram(command: string, args: readonly string[], limit: number): Ran | null {
  const call = [command, ...args].join(' ')
  try {
    if (call === 'dmesg -r') return readKernelRing(limit)
    // Of procfs alone: such a file holds still, and is what the kernel itself packed.
    if (call === 'zcat /proc/config.gz') return printed(gunzip('/proc/config.gz', limit))
  } catch {
    // Refused, absent, broken, or too long.
  }
  return null
}

function gunzip(path: string, limit: number): string {
  const { gunzipSync } = process.getBuiltinModule('node:zlib')
  return gunzipSync(readFileSync(path), { maxOutputLength: limit }).toString()
}

function printed(stdout: string): Ran {
  return { status: 0, stdout, stderr: '', truncated: false }
}
