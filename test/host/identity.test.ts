import { describe, expect, test } from 'vitest'
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
