import type { LimitFacts } from '../model/system.ts'

/** RLIMIT_MEMLOCK in /proc/PID/limits (proc_pid_limits, fs/proc/base.c), in bytes; null where the line is not there. */
export function parseLimits(text: string): LimitFacts | null {
  const found = /^Max locked memory {1,32}(unlimited|\d{1,20}) {1,32}(unlimited|\d{1,20}) {1,32}bytes/m.exec(text)
  if (found === null) return null
  const bytes = (word: string | undefined): number | null => (word === 'unlimited' ? null : Number(word))
  return { memlockSoft: bytes(found[1]), memlockHard: bytes(found[2]) }
}
