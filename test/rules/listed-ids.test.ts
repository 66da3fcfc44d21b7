import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { matching } from '../../src/rules/candidates.ts'
import { parseIds } from '../../src/rules/parameters.ts'
import { endpoint } from '../support/facts.ts'

const card = endpoint({
  address: '0000:03:00.0',
  vendorId: '1002',
  deviceId: '73bf',
  subsystem: '1da2:e438',
  class: 0x030000,
})
const takes = (entry: string): boolean => parseIds(entry, 'test').some((one) => matching([card], one).length > 0)

test.each([
  ['1002:73bf', true],
  ['0x1002:0x73BF', true],
  ['1002:73be', false],
  ['1002:73bf:1da2:e438', true],
  ['1002:73bf:1da2:e439', false],
  ['1002:73bf:1da2', true],
  ['1002:73bf:1043', false],
  ['1002:73bf:ffffffff:ffffffff', true],
  ['1002:ffffffff', true],
  ['ffffffff:73bf', true],
  ['10de:ffffffff', false],
  ['1002:ffffffff:ffffffff:ffffffff:030000:ff00ff', true],
  ['1002:ffffffff:ffffffff:ffffffff:040300:ffffff', false],
  // Without a mask no bit of the class counts.
  ['1002:73bf:ffffffff:ffffffff:040300', true],
  ['1002', false],
  ['1002:73bf, 10de:1b80', true],
  ['73bf:1002', false],
])('%s', (entry, taken) => {
  expect(takes(entry)).toBe(taken)
})

test('a class that is not shown is not the one that is meant', () => {
  const unknown = endpoint({ address: '0000:03:00.0', vendorId: '1002', deviceId: '73bf' })
  const bare = { ...unknown, class: { state: 'unknown', reason: 'not-in-paste', source: 'paste' } as const }
  const [listed] = parseIds('1002:73bf:ffffffff:ffffffff:030000:ffffff', 'test')
  expect(matching([bare], listed!)).toEqual([])
})

test('any text is read, and each entry once at most', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = parseIds(text, 'test')
      expect(found.length).toBeLessThanOrEqual(text.split(',').length)
      for (const { id } of found) expect(id).toMatch(/^[0-9a-f]{4,8}:[0-9a-f]{4,8}$/)
    }),
  )
})
