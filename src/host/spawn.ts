import { execa } from 'execa'
import type { Run } from './host.ts'

export interface SpawnOptions {
  /** Milliseconds. */
  readonly timeout: number
  /** Bytes of standard output. */
  readonly limit: number
  readonly env: Readonly<Record<string, string>>
}

/** Milliseconds that a program has to clean up after SIGTERM; some unpack an image into a temporary directory. */
const GRACE = 500
const STDERR_LIMIT = 1024 * 1024

/** execa costs some 30 ms to load: import this module when a program is to be run, not before. */
export async function spawn(file: string, args: readonly string[], options: SpawnOptions): Promise<Run> {
  const { timeout, limit } = options
  const child = execa(file, args, {
    cwd: '/',
    env: options.env,
    extendEnv: false,
    stdin: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    // A process group of its own, so that what it started can be killed with it.
    detached: true,
    cleanup: false,
    timeout,
    forceKillAfterDelay: GRACE,
    maxBuffer: { stdout: limit, stderr: STDERR_LIMIT },
  })
  const late = deadline(timeout + 2 * GRACE)
  const result = await Promise.race([child, late.passed])
  late.cancel()
  if (result === 'late') {
    // In an uninterruptible sleep, or its children hold the pipes: it must not hold us.
    killGroup(child.pid)
    for (const stream of [child.stdout, child.stderr]) stream?.destroy()
    child.unref()
  } else if (result.timedOut || result.isMaxBuffer) killGroup(child.pid)
  if (result === 'late' || result.timedOut) {
    return { ok: false, error: 'timeout', detail: `no answer within ${timeout / 1000} s` }
  }
  if (result.exitCode === undefined && !result.isMaxBuffer) {
    const detail =
      result.signal === undefined ? (result.code ?? 'it could not be started') : `killed by ${result.signal}`
    return { ok: false, error: result.code === 'EACCES' ? 'denied' : 'failed', detail }
  }
  return {
    ok: true,
    value: {
      status: result.exitCode ?? 0,
      stdout: decode(result.stdout),
      stderr: decode(result.stderr),
      truncated: result.isMaxBuffer,
    },
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of the group has ended.
  }
}

function deadline(milliseconds: number): { readonly passed: Promise<'late'>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), milliseconds)
  })
  return { passed, cancel: () => clearTimeout(timer) }
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}
