import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clean, cleanAll, cleanBlock } from '../../reports/clean.ts'

describe('clean', () => {
  test.each([
    ['plain text stays', 'GP104 [GeForce GTX 1080]', 'GP104 [GeForce GTX 1080]'],
    ['letters of any script stay', 'Società 画面 é', 'Società 画面 é'],
    ['an escape sequence shows', '\u001b[31mred', '\\x1b[31mred'],
    ['a C1 introducer shows', '\u009b2J', '\\x9b2J'],
    ['a bidirectional override shows', 'a\u202eb', 'a\\u202eb'],
    ['a zero-width character shows', 'a\u200bb', 'a\\u200bb'],
    ['a tag character shows', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['a lone surrogate shows', 'a\ud800b', 'a\\ud800b'],
    ['line breaks and tabs become blanks', 'a\r\nb\tc', 'a b c'],
    ['other blanks become plain ones', 'a\u00a0\u3000b\u2028', 'a b'],
    ['stacks of marks are cut', 'e\u0301\u0302\u0303\u0304', 'e\u0301\u0302'],
  ])('%s', (_, given, wanted) => expect(clean(given)).toBe(wanted))

  test('what is very long is cut, and says so', () => {
    expect(clean('x'.repeat(1e6))).toBe(`${'x'.repeat(2000)} [...]`)
  })

  test('any text comes out on one line, without anything invisible, and cleaning again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const out = clean(text)
        expect(out).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(clean(out)).toBe(out)
      }),
    )
  })
})

describe('cleanBlock', () => {
  test('keeps lines and tabs, shows what is invisible', () => {
    expect(cleanBlock('a\tb\r\n\u001bc\n\n')).toBe('a\tb\n\\x1bc')
  })
  test('never cuts a command', () => {
    const long = `echo ${'x'.repeat(9000)}`
    expect(cleanBlock(long)).toBe(long)
  })
})

test('cleanAll cleans each string by what it is, and leaves the rest', () => {
  const given = { say: 'a\nb', run: 'a\nb', n: 1, none: null, list: ['\u001b'] }
  expect(cleanAll(given)).toEqual({ say: 'a b', run: 'a\nb', n: 1, none: null, list: ['\\x1b'] })
})
