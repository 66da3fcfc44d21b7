import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainFiles, type Files } from '../../src/host/files.ts'
import { checkRoot, liveHost } from '../../src/host/live.ts'
import { memoised } from '../../src/host/memo.ts'

let base: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'files-'))
  writeFileSync(join(base, 'outside'), 'outside')
  const root = join(base, 'root')
  for (const directory of ['etc/sub', 'usr/lib']) mkdirSync(join(root, directory), { recursive: true })
  writeFileSync(join(root, 'etc/plain'), 'text\n')
  writeFileSync(join(root, 'etc/long'), 'x'.repeat(200_000))
  writeFileSync(join(root, 'etc/latin'), Buffer.from([0x66, 0xfc, 0x72]))
  writeFileSync(join(root, 'outside'), 'inside')
  writeFileSync(join(root, 'etc/secret'), 'secret')
  chmodSync(join(root, 'etc/secret'), 0)
  execFileSync('mkfifo', [join(root, 'etc/fifo')])
  symlinkSync('/etc/plain', join(root, 'etc/absolute'))
  symlinkSync('../../../../../outside', join(root, 'etc/climber'))
  symlinkSync('sub', join(root, 'etc/directory'))
  symlinkSync('/usr/lib', join(root, 'lib'))
  symlinkSync('loop', join(root, 'etc/loop'))
  symlinkSync('/nowhere', join(root, 'etc/dangling'))
  writeFileSync(join(root, 'usr/lib/modules'), 'm')
})

afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('reading a file', () => {
  test.each([
    ['a plain file', 'etc/plain', { ok: true, value: 'text\n' }],
    ['bytes that are not UTF-8', 'etc/latin', { ok: true, value: 'f\ufffdr' }],
    ['no such file', 'etc/none', { ok: false, error: 'absent', code: 'ENOENT' }],
    ['a file in place of a directory', 'etc/plain/x', { ok: false, error: 'absent', code: 'ENOTDIR' }],
    ['a directory', 'etc/sub', { ok: false, error: 'unreadable', code: 'EISDIR' }],
    [
      'a FIFO, without waiting for a writer',
      'etc/fifo',
      { ok: false, error: 'unreadable', code: 'not a regular file' },
    ],
    ['a link that leads to itself', 'etc/loop', { ok: false, error: 'unreadable', code: 'ELOOP' }],
  ])('%s', (_name, path, expected) => {
    expect(liveHost({}).readText(join(base, 'root', path))).toEqual(expected)
    expect(liveHost({ root: join(base, 'root') }).readText(`/${path}`)).toEqual(expected)
  })

  test('a device', () => {
    expect(liveHost({}).readText('/dev/zero')).toEqual({ ok: false, error: 'unreadable', code: 'not a regular file' })
  })

  test('a name with a NUL is no bug of ours', () => {
    expect(liveHost({}).readText('/etc/\0')).toMatchObject({ ok: false, error: 'unreadable' })
  })

  test.skipIf(process.geteuid?.() === 0)('a file that may not be read', () => {
    expect(liveHost({}).readText(join(base, 'root/etc/secret'))).toEqual({ ok: false, error: 'denied', code: 'EACCES' })
  })

  test('files whose size is said to be 0 are read to the end, and no file beyond the limit', () => {
    const host = liveHost({})
    const status = host.readText('/proc/self/status')
    expect(status.ok && status.value).toMatch(/CapEff/)
    const long = join(base, 'root/etc/long')
    expect(host.readText(long, 10)).toEqual({ ok: true, value: 'xxxxxxxxxx' })
    const whole = host.readBytes(long)
    expect(whole.ok && whole.value.length).toBe(200_000)
  })

  test('names in a directory are sorted, and a link is given as written', () => {
    const host = liveHost({ root: join(base, 'root') })
    const names = host.list('/etc')
    expect(names.ok && names.value).toEqual(names.ok && [...names.value].sort())
    expect(host.link('/etc/absolute')).toEqual({ ok: true, value: '/etc/plain' })
    expect(host.link('/etc/plain')).toEqual({ ok: false, error: 'unreadable', code: 'EINVAL' })
    expect(host.list('/etc/plain')).toMatchObject({ ok: false, error: 'absent' })
  })

  test('stat is of the thing itself unless told to follow', () => {
    const host = liveHost({ root: join(base, 'root') })
    expect(host.stat('/etc/directory')).toMatchObject({ ok: true, value: { kind: 'link' } })
    expect(host.stat('/etc/directory', true)).toMatchObject({ ok: true, value: { kind: 'directory' } })
    expect(host.stat('/etc/plain')).toMatchObject({ ok: true, value: { kind: 'file', size: 5 } })
    expect(host.stat('/etc/fifo')).toMatchObject({ ok: true, value: { kind: 'other' } })
    expect(liveHost({}).stat('/dev/null')).toMatchObject({ ok: true, value: { kind: 'character', mode: 0o666 } })
  })
})

describe('--root', () => {
  test.each([
    ['an absolute link starts again at the root', '/etc/absolute', 'text\n'],
    ['a link cannot climb out', '/etc/climber', 'inside'],
    ['nor can a path', '/../../etc/../../outside', 'inside'],
    ['a link to a directory on the way', '/lib/modules', 'm'],
  ])('%s', (_name, path, expected) => {
    expect(liveHost({ root: join(base, 'root') }).readText(path)).toEqual({ ok: true, value: expected })
  })

  test('a link that leads nowhere, and a way that does not exist', () => {
    const host = liveHost({ root: join(base, 'root') })
    expect(host.readText('/etc/dangling')).toMatchObject({ error: 'absent' })
    expect(host.readText('/etc/none/../plain')).toMatchObject({ error: 'absent' })
  })

  test('a slow read stays inside too', async () => {
    const host = liveHost({ root: join(base, 'root') })
    expect(await host.readSlow('/etc/climber')).toEqual({ ok: true, value: 'inside' })
    expect(await host.listSlow('/lib')).toEqual({ ok: true, value: ['modules'] })
  })

  test('no program speaks of another machine', async () => {
    const host = liveHost({ root: join(base, 'root') })
    expect(await host.run('uname', [])).toEqual({ ok: false, error: 'no-tool', detail: 'not run with --root' })
    expect(await host.dmi()).toMatchObject({ ok: false, error: 'absent' })
    expect(host.origin.root).toBe(join(base, 'root'))
  })

  test.each([
    ['root', null],
    ['missing', /no such directory/],
    ['outside', /not a directory/],
    ['root/etc/sub', /no Linux system/],
  ])('checkRoot of %s', (name, expected) => {
    const said = checkRoot(join(base, name))
    if (expected === null) expect(said).toBeNull()
    else expect(said).toMatch(expected)
  })
})

test('each path is read once, unless more of it is wanted than is held', () => {
  const asked: string[] = []
  const counted: Files = {
    ...plainFiles,
    read(path, limit) {
      asked.push(`${path} ${limit}`)
      return { ok: true, value: new Uint8Array(Math.min(limit, 30)) }
    },
  }
  const files = memoised(counted)
  const lengths = [10, 5, 10, 20, 100, 1000].map((limit) => {
    const read = files.read('/a', limit)
    return read.ok ? read.value.length : null
  })
  expect(lengths).toEqual([10, 5, 10, 20, 30, 30])
  expect(asked).toEqual(['/a 10', '/a 20', '/a 100'])
})
