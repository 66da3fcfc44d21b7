import type { Read, Run } from '../host/host.ts'
import { unknown, type Unknown, type UnknownReason } from '../model/fact.ts'

type FailedRead = Extract<Read<unknown>, { ok: false }>
type FailedRun = Extract<Run, { ok: false }>

/**
 * A place that could not be read, as an unknown fact. Use it for an absent one only where absence answers nothing;
 * where it is an answer, it is a value.
 */
export function unread(read: FailedRead, path: string): Unknown {
  const reasons: Readonly<Record<FailedRead['error'], UnknownReason>> = {
    absent: 'absent',
    denied: 'denied',
    timeout: 'timeout',
    unreadable: 'unreadable',
    'not-recorded': 'not-collected',
  }
  return read.error === 'absent' ? unknown('absent', path) : unknown(reasons[read.error], path, read.code)
}

/** A program that could not be run, as an unknown fact. */
export function unrun(run: FailedRun, command: string): Unknown {
  const reasons: Readonly<Record<FailedRun['error'], UnknownReason>> = {
    'no-tool': 'no-tool',
    timeout: 'timeout',
    denied: 'denied',
    'not-recorded': 'not-collected',
    failed: 'unreadable',
  }
  return unknown(reasons[run.error], command, run.detail)
}
