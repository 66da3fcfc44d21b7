import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMountInfo, parseSwaps } from '../../src/parse/mountinfo.ts'
import { defaultRoutes, defaultRoutes6 } from '../../src/parse/routes.ts'

describe('mountinfo', () => {
  test.each([
    [
      'optional fields between',
      '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue',
      [{ device: '98:0', at: '/mnt2', type: 'ext3', source: '/dev/root' }],
    ],
    ['none', '21 27 0:20 / /sys rw - sysfs sysfs rw', [{ device: '0:20', at: '/sys', type: 'sysfs', source: 'sysfs' }]],
    [
      'a blank, a backslash and an escape sequence in the path',
      String.raw`1 2 8:1 / /a\040b\134c\033[31m rw - ext4 /dev/sda1 rw`,
      [{ device: '8:1', at: String.raw`/a b\c`, type: 'ext4', source: '/dev/sda1' }],
    ],
    ['no dash', '1 2 8:1 / /a rw ext4 /dev/sda1 rw', []],
    ['cut short', '1 2 8:1 / /a rw -', []],
    ['no device', '1 2 eight / /a rw - ext4 /dev/sda1 rw', []],
  ])('%s', (_, line, mounts) => {
    expect(parseMountInfo(`${line}\n`)).toEqual(mounts)
  })

  test('a path comes back as it was mounted', () => {
    const path = fc.stringMatching(/^\/[a-z \\]{1,20}$/)
    const escape = (text: string): string => text.replaceAll('\\', String.raw`\134`).replaceAll(' ', String.raw`\040`)
    fc.assert(
      fc.property(path, (at) => {
        expect(parseMountInfo(`1 2 8:1 / ${escape(at)} rw - ext4 /dev/sda1 rw\n`)[0]?.at).toBe(at)
      }),
    )
  })
})

test('swaps', () => {
  expect(parseSwaps('Filename\tType\n/dev/dm-1   partition\t1\n/swap\\040file file 2\n')).toEqual([
    '/dev/dm-1',
    '/swap file',
  ])
})

const ZEROS = '0'.repeat(32)

describe('default routes', () => {
  test('of IPv4: no target and no mask', () => {
    const text = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask',
      'eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0',
    ].join('\n')
    expect(defaultRoutes(text)).toEqual(['eth0'])
  })

  test('of IPv6: an empty prefix, and not the one that rejects', () => {
    const line = (target: string, prefix: string, name: string): string =>
      `${target} ${prefix} ${ZEROS} 00 ${ZEROS} 00000400 00000001 00000000 00450003 ${name.padStart(8)}`
    const text = [line(ZEROS, '00', 'eth0'), line(ZEROS, '00', 'lo'), line(`fe80${ZEROS.slice(4)}`, '40', 'eth1')]
    expect(defaultRoutes6(text.join('\n'))).toEqual(['eth0'])
  })
})

test('any text: never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseMountInfo(text)).toEqual([])
      expect(defaultRoutes(text)).toEqual([])
      expect(defaultRoutes6(text)).toEqual([])
      expect(Array.isArray(parseSwaps(text))).toBe(true)
    }),
  )
})
