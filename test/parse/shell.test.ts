import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shellValues, textOfValue, wordsOfValue } from '../../src/parse/shell-values.ts'
import { shellWords } from '../../src/parse/shell-words.ts'

describe('shellWords', () => {
  test.each<[string, string, string[]]>([
    ['blanks of every kind', ' a\tb \r\n c ', ['a', 'b', 'c']],
    ['joined lines', 'qemu \\\n  -m \\\r\n 8G', ['qemu', '-m', '8G']],
    ['a line joined inside a word', 'ab\\\ncd', ['abcd']],
    ['quotes go away and join', `a"b c"'d e'f`, ['ab cd ef']],
    ['an empty word counts', `'' ""`, ['', '']],
    ['escapes', `a\\ b "c\\"d\\x" 'e\\f'`, ['a b', 'c"d\\x', 'e\\f']],
    ['variables stay', '-m ${RAM:-8G} $X"$Y" $', ['-m', '${RAM:-8G}', '$X$Y', '$']],
    ['a substitution is nothing', 'a $(cat (x) y) b`date`c', ['a', '', 'bc']],
    ['comments', 'a # b c\n d#e', ['a', 'd#e']],
    ['an open quote', `a 'b c`, ['a', 'b c']],
    ['a last backslash', 'a \\', ['a', '']],
  ])('%s', (_, text, wanted) => {
    expect(shellWords(text)).toEqual(wanted)
  })

  test('what is quoted comes back', () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(shellWords(words.map(quoted).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('shellValues', () => {
  const value = (text: string, name = 'A'): string => textOfValue(shellValues([{ path: 'f', text }]).get(name))

  test.each<[string, string, string]>([
    ['plain', 'A=b', 'b'],
    ['quoted', 'A="b c"; B=1', 'b c'],
    ['the last wins', 'A=1\nA=2', '2'],
    ['appended', 'A=" a "\nA+=" b "', ' a  b '],
    ['with itself', 'A=a\nA="$A b ${A}"', 'a b a'],
    ['exported', 'export A=b', 'b'],
    ['a comment', '#A=1\n  # A=2\nA=3 # A=4', '3'],
    ['inside a condition', 'if [ -z "$x" ]; then\n  A=1\nfi', '1'],
    ['on one line', 'if [ 1 ]; then A=1; fi', '1'],
    ['an argument is no assignment', 'echo A=1', ''],
    ['a quoted newline', 'A="b\nc"', 'b c'],
    ['a substitution', 'A="x $(lsb_release -i) y"', 'x  y'],
    ['an array', 'A=(a "b" # c\n  d)\nA+=(e)', 'a b d e'],
    ['an empty array', 'A=()', ''],
    ['no control characters', 'A="a\u001b[31mb"', 'ab'],
  ])('%s', (_, text, wanted) => {
    expect(value(text)).toBe(wanted)
  })

  test('an associative array', () => {
    expect(value('K[default]="a"\nK[default]+=" b"', 'K[default]')).toBe('a b')
    expect(value('K["linux-lts"]="a"\nK[linux-lts]+=" b"', 'K[linux-lts]')).toBe('a b')
    expect(value('K[$x]=a\nK[a b]=a', 'K[a b]')).toBe('')
  })

  test('each part keeps its file', () => {
    const values = shellValues([
      { path: 'one', text: 'A="a b"' },
      { path: 'two', text: 'A="$A c"' },
    ])
    expect(values.get('A')).toEqual([
      { path: 'one', text: 'a b' },
      { path: 'two', text: ' c' },
    ])
    expect(wordsOfValue(values.get('A'))).toEqual(['a', 'b', 'c'])
  })

  test('doubling has an end', () => {
    expect(value(`A=x\n${'A="$A$A"\n'.repeat(100)}`).length).toBe(65_536)
  })

  test('never throws and always ends', () => {
    const unit = fc.constantFrom('A', '=', '+=', '(', ')', '"', "'", '\\', '$', '{', '}', '`', '#', ';', ' ', '\n', '[')
    fc.assert(fc.property(fc.string({ unit }), (text) => void shellValues([{ path: 'f', text }])))
  })
})
