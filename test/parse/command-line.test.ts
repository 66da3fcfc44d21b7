import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../src/parse/command-line.ts'

describe('parseCommandLine splits as lib/cmdline.c does', () => {
  test.each<[string, string, [string, string | null][]]>([
    [
      'words and values',
      'BOOT_IMAGE=/vmlinuz ro intel_iommu=on\n',
      [
        ['BOOT_IMAGE', '/vmlinuz'],
        ['ro', null],
        ['intel_iommu', 'on'],
      ],
    ],
    ['the first = divides', 'root=UUID=1-2', [['root', 'UUID=1-2']]],
    [
      'a = in front is a part of the name',
      '=a =a=b',
      [
        ['=a', null],
        ['=a', 'b'],
      ],
    ],
    [
      'quoted value',
      'dyndbg="file vfio.c +p" x',
      [
        ['dyndbg', 'file vfio.c +p'],
        ['x', null],
      ],
    ],
    [
      'quoted word',
      '"dyndbg=file vfio.c +p" x',
      [
        ['dyndbg', 'file vfio.c +p'],
        ['x', null],
      ],
    ],
    [
      'a quote inside is kept and still joins',
      'a=b" c"d e',
      [
        ['a', 'b" c"d'],
        ['e', null],
      ],
    ],
    ['an open quote runs to the end', 'a="b c', [['a', 'b c']]],
    [
      'an empty quoted value',
      'a="" b=" c',
      [
        ['a', ''],
        ['b', ' c'],
      ],
    ],
    [
      'single quotes mean nothing',
      "a='b c'",
      [
        ['a', "'b"],
        ["c'", null],
      ],
    ],
    ['init gets what follows --', 'quiet -- intel_iommu=on', [['quiet', null]]],
    [
      'only a lone --',
      'a --b c',
      [
        ['a', null],
        ['--b', null],
        ['c', null],
      ],
    ],
    [
      'white space of every kind',
      '\ta\t\u000bb\nc\r\n',
      [
        ['a', null],
        ['b', null],
        ['c', null],
      ],
    ],
    ['nothing', '  ', []],
  ])('%s', (_, text, wanted) => {
    expect(parseCommandLine(text).parameters.map(({ name, value }) => [name, value])).toEqual(wanted)
  })

  test('keeps each parameter as written', () => {
    expect(parseCommandLine('a="b c"  "d=e f"').parameters.map((one) => one.text)).toEqual(['a="b c"', '"d=e f"'])
  })

  test('passes on no control character', () => {
    expect(parseCommandLine('a=\u001b[31mred\u0007 b').raw).toBe('a=red b')
  })

  test('any text is split, and its parts stand in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '-', '=', '"', ' ', '\n', '\u001b', '\u00e9') }), (text) => {
        const line = parseCommandLine(text)
        let at = 0
        for (const one of line.parameters) {
          at = line.raw.indexOf(one.text, at)
          expect(at).toBeGreaterThanOrEqual(0)
          at += one.text.length
        }
      }),
    )
  })

  test('plain parameters come back as they went in', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/)
    const parameter = fc.tuple(word, fc.option(word)).map(([name, value]) => ({
      text: value === null ? name : `${name}=${value}`,
      name,
      value,
    }))
    fc.assert(
      fc.property(fc.array(parameter), (list) => {
        expect(parseCommandLine(list.map((one) => one.text).join('  ')).parameters).toEqual(list)
      }),
    )
  })
})
