import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { liveHost } from '../../src/host/live.ts'
import { findProgram, searchPath } from '../../src/host/programs.ts'

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'programs-'))
  writeFileSync(join(directory, 'not-executable'), '#!/bin/sh\n', { mode: 0o644 })
  writeFileSync(join(directory, 'executable'), '#!/bin/sh\necho yes\n', { mode: 0o755 })
  writeFileSync(join(directory, 'no-interpreter'), '#!/nowhere/sh\n', { mode: 0o755 })
  mkdirSync(join(directory, 'a-directory'))
  chmodSync(join(directory, 'executable'), 0o755)
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const sh = (script: string, options?: { timeout?: number; limit?: number }) =>
  liveHost({}).run('sh', ['-c', script], options)

describe('running a program', () => {
  test('status, both streams, the C locale, an empty standard input', async () => {
    const ran = await sh('cat; echo "$LC_ALL"; echo oops >&2; exit 3')
    expect(ran).toEqual({ ok: true, value: { status: 3, stdout: 'C\n', stderr: 'oops\n', truncated: false } })
  })

  test('no shell comes between', async () => {
    const ran = await liveHost({}).run('echo', ['$HOME; `id` *'])
    expect(ran).toMatchObject({ value: { stdout: '$HOME; `id` *\n' } })
  })

  test('a program that is nowhere', async () => {
    expect(await liveHost({}).run('no-such-program-here', [])).toMatchObject({ ok: false, error: 'no-tool' })
  })

  test('a program that may not be executed, and one whose interpreter is missing', async () => {
    expect(await liveHost({}).run(join(directory, 'not-executable'), [])).toMatchObject({ error: 'denied' })
    expect(await liveHost({}).run(join(directory, 'no-interpreter'), [])).toMatchObject({ error: 'failed' })
    expect(await liveHost({}).run(join(directory, 'a-directory'), [])).toMatchObject({ error: 'no-tool' })
  })

  test('a program that is killed by a signal gave no answer', async () => {
    expect(await sh('kill -SEGV $$')).toEqual({ ok: false, error: 'failed', detail: 'killed by SIGSEGV' })
  })

  test('output beyond the limit is cut off, and the program ended', async () => {
    const ran = await sh('while :; do echo 0123456789; done', { limit: 100 })
    expect(ran).toMatchObject({ ok: true, value: { truncated: true } })
    expect(ran.ok && ran.value.stdout.length).toBe(100)
  })

  test('the time limit ends the whole group, also one that ignores SIGTERM', async () => {
    const file = join(directory, 'pids')
    const script = `trap '' TERM; sleep 60 & echo $$ $! > ${file}; while :; do sleep 1; done`
    const start = performance.now()
    expect(await sh(script, { timeout: 300 })).toMatchObject({ ok: false, error: 'timeout' })
    expect(performance.now() - start).toBeLessThan(3000)
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number)
    expect(pids).toHaveLength(2)
    await expect.poll(() => pids.filter(isRunning)).toEqual([])
  })

  test('a grandchild that holds the pipes does not hold us', async () => {
    const start = performance.now()
    expect(await sh('sleep 60 & exit 0', { timeout: 300 })).toMatchObject({ ok: false, error: 'timeout' })
    expect(performance.now() - start).toBeLessThan(3000)
  })

  test('the directories of the administrator are searched after those of PATH, relative ones never', () => {
    expect(searchPath('.:bin:/opt/bin:/usr/bin').slice(0, 2)).toEqual(['/opt/bin', '/usr/bin'])
    expect(searchPath(undefined)).toContain('/usr/sbin')
    expect(findProgram('executable', ['/nowhere', directory])).toBe(join(directory, 'executable'))
    expect(findProgram('not-executable', [directory])).toBe('denied')
    expect(findProgram('a-directory', [directory])).toBeNull()
  })
})

describe('slow files', () => {
  test('text, absence and a directory', async () => {
    const host = liveHost({})
    expect(await host.readSlow('/proc/self/nothing')).toMatchObject({ ok: false, error: 'absent' })
    expect(await host.readSlow('/proc')).toEqual({ ok: false, error: 'unreadable', code: 'EISDIR' })
    expect(await host.readSlow(join(directory, 'executable'))).toEqual({ ok: true, value: '#!/bin/sh\necho yes\n' })
    expect(await host.readSlow(join(directory, 'executable'), { limit: 3 })).toMatchObject({ ok: true })
  })

  test('a listing is sorted; a file in place of the directory is absent', async () => {
    const host = liveHost({})
    const names = ['a-directory', 'executable', 'no-interpreter', 'not-executable']
    const listed = await host.listSlow(directory)
    expect(listed.ok && listed.value.filter((name) => name !== 'pids')).toEqual(names)
    expect(await host.listSlow(join(directory, 'executable'))).toMatchObject({ ok: false, error: 'absent' })
  })

  test('one that never answers is a time-out', async () => {
    const fifo = join(directory, 'fifo')
    await liveHost({}).run('mkfifo', [fifo])
    expect(await liveHost({}).readSlow(fifo, { timeout: 200 })).toEqual({
      ok: false,
      error: 'timeout',
      code: 'ETIMEDOUT',
    })
  })
})

/** A zombie that nobody has waited for yet is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
