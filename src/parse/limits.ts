import type { LimitFacts } from '../model/system.ts'

/** RLIMIT_MEMLOCK in /proc/PID/limits (proc_pid_limits, fs/proc/base.c), in bytes; null where the line is not there. */
export function parseLimits(text: string): LimitFacts | null {
  const name = 'Max locked memory '
  const line = text.split('\n').find((one) => one.startsWith(name))
  const [soft, hard, unit] = (line ?? '').slice(name.length).split(' ').filter(Boolean)
  const bytes = (word = ''): number | null =>
    word === 'unlimited' ? null : /^\d{1,20}$/.test(word) ? Number(word) : NaN
  const [memlockSoft, memlockHard] = [bytes(soft), bytes(hard)]
  return unit !== 'bytes' || Number.isNaN(memlockSoft) || Number.isNaN(memlockHard)
    ? null
    : { memlockSoft, memlockHard }
}
