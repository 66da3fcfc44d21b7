import { expect, test } from 'vitest'
import { NAMED_MODULES } from '../../src/knowledge/named-modules.ts'
import { oneLetterApart } from '../../src/rules/one-letter-apart.ts'

test.each([
  ['i915', '915', true],
  ['915', 'i915', true],
  ['i915', 'i951', true],
  ['i915', 'i916', true],
  ['nouveau', 'nouveu', true],
  ['nouveau', 'nouveau', false],
  ['nouveau', 'nuveu', false],
  ['', 'a', true],
  ['', '', false],
  ['ab', 'ba', true],
  ['abcd', 'badc', false],
])('%s and %s: %s', (a, b, apart) => {
  expect(oneLetterApart(a, b)).toBe(apart)
  expect(oneLetterApart(b, a)).toBe(apart)
})

test('no module of the list is one letter away from another, nor short enough to be near to everything', () => {
  for (const one of NAMED_MODULES) {
    expect(one.length).toBeGreaterThan(3)
    expect(NAMED_MODULES.filter((other) => oneLetterApart(one, other))).toEqual([])
  }
})
