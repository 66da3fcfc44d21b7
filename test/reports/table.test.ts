import { expect, test } from 'vitest'
import { columns } from '../../reports/table.ts'

test.each([
  ['ASCII as it is', 'igb', 'igb'],
  ['a letter of another script that takes a column', 'gerät', 'gerät'],
  ['what takes two columns', '显卡', '??'],
  ['a character beyond the first plane', 'a\u{1f4a5}b', 'a?b'],
  ['a mark that takes none', 'e\u0301\u0301x', 'ex'],
])('%s', (_what, cell, shown) => {
  expect(columns([[cell, '|']], [{}, {}])).toEqual([`${shown}  |`])
})

test('nothing makes no line', () => {
  expect(columns([], [])).toEqual([])
})
