import { describe, expect, test } from 'vitest'
import { dmiTexts, meaningful } from '../../src/host/dmi.ts'
import { plainFiles, type Files } from '../../src/host/files.ts'
import { isPrivileged, userName } from '../../src/host/identity.ts'
import { liveHost } from '../../src/host/live.ts'

const FULL = 'CapEff:\t000001ffffffffff\n'
const DOCKER = 'CapEff:\t00000000a80425fb\n'
const INITIAL = '         0          0 4294967295\n'

describe('privileged', () => {
  test.each([
    ['root', FULL, INITIAL, true],
    ['a kernel without user namespaces', FULL, '', true],
    ['root in a container that lost the capability', DOCKER, INITIAL, false],
    ['root in a user namespace', FULL, '         0     100000      65536\n', false],
    ['a plain user', 'CapEff:\t0000000000000000\n', INITIAL, false],
    ['no such line', 'Name:\tnode\n', INITIAL, false],
  ])('%s', (_name, status, map, expected) => {
    expect(isPrivileged(status, map)).toBe(expected)
  })
})

test('the user is the first entry with the number', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbad\u001b:x:7:7::/:\n'
  expect(userName(passwd, 0)).toBe('root')
  expect(userName(passwd, 7)).toBeNull()
  expect(userName(passwd, 1000)).toBeNull()
})

test('the live identity is that of this process', () => {
  expect(liveHost({}).identity().uid).toBe(process.geteuid?.())
  expect(liveHost({}).identity().gids).toContain(process.getegid?.())
})

describe('DMI', () => {
  const files = (texts: Readonly<Record<string, string>> | null): Files => ({
    ...plainFiles,
    stat: () =>
      texts === null
        ? { ok: false, error: 'absent', code: 'ENOENT' }
        : { ok: true, value: { kind: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, modified: 0 } },
    read: (path) => {
      const text = texts?.[path.replace('/sys/class/dmi/id/', '')]
      return text === undefined
        ? { ok: false, error: 'absent', code: 'ENOENT' }
        : { ok: true, value: new TextEncoder().encode(text) }
    },
  })
  const library = (): Promise<{ ok: true; value: Readonly<Record<string, string>> }> =>
    Promise.resolve({ ok: true, value: { board_name: 'library' } })

  test('the plain files come first, and what says nothing is left out', async () => {
    const texts = {
      sys_vendor: 'ACME\n',
      product_name: 'To Be Filled By O.E.M.\n',
      bios_version: 'F4\n',
      board_name: '\n',
    }
    expect(await dmiTexts(files(texts), library)).toEqual({
      ok: true,
      value: { sys_vendor: 'ACME', bios_version: 'F4' },
    })
  })

  test('the library only where the kernel exports none', async () => {
    expect(await dmiTexts(files(null), library)).toEqual({ ok: true, value: { board_name: 'library' } })
    expect(await dmiTexts(files(null), null)).toMatchObject({ ok: false, error: 'absent' })
  })

  test.each(['', '-', ' Default string ', 'To be filled by O.E.M.', 'Not Specified'])('%j says nothing', (text) => {
    expect(meaningful([['board_name', text]])).toEqual({})
  })
})
