import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clip, displayWidth, hang, pad, wrap } from '../../reports/width.ts'

describe('displayWidth', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['画面', 4],
    ['한글', 4],
    ['ﾊﾝ', 2],
    ['Ａ', 2],
    ['🖥', 1],
    ['😀', 2],
    ['✔ ● …', 5],
    ['\u{20000}', 2],
  ])('%j takes %i columns', (text, width) => expect(displayWidth(text)).toBe(width))
})

test('pad fills up by columns', () => {
  expect(pad('画', 4)).toBe('画  ')
  expect(pad('long', 2)).toBe('long')
})

test('clip cuts by columns, never in the middle of a wide character', () => {
  expect(clip('abcdef', 5, '...')).toBe('ab...')
  expect(clip('画面画面', 6, '…')).toBe('画面…')
  expect(clip('abc', 3, '…')).toBe('abc')
})

describe('wrap', () => {
  test('breaks at blanks and cuts what is longer than a line', () => {
    expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc'])
    expect(wrap('aaaaaaa b', 3)).toEqual(['aaa', 'aaa', 'a b'])
    expect(wrap('', 10)).toEqual([''])
  })

  test('no line is too wide, and no letter is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 90 }), (text, width) => {
        const lines = wrap(text, width)
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})

test('hang indents what follows the first line', () => {
  expect(hang('  seen  ', 'one two three four five', 30)).toEqual(['  seen  one two three four', '        five'])
})
