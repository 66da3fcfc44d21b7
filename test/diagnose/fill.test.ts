import { expect, test } from 'vitest'
import { fill } from '../../src/diagnose/fill.ts'

test.each([
  ['a {what} table', 'IVRS', 'an IVRS table'],
  ['a {what} table', 'DMAR', 'a DMAR table'],
  ['A {what} at work', 'NVMe disk', 'An NVMe disk at work'],
  ['a {what} of it', 'USB controller', 'a USB controller of it'],
  ['a {what}', 'SATA controller', 'a SATA controller'],
  ['a {what}', 'Ethernet controller', 'an Ethernet controller'],
  ['data {what}', 'IVRS', 'data IVRS'],
])('%s of %s', (text, what, wanted) => {
  expect(fill(text, { what })).toBe(wanted)
})

test('a name without a value stays, and its article', () => {
  expect(fill('a {what} and {more}', { more: 'more' })).toBe('a {what} and more')
})
