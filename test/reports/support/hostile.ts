import * as fc from 'fast-check'
import type { Report } from '../../../src/model/report.ts'

/** Keys whose strings are words of ours; every other string may hold anything that a machine or a paste holds. */
const OURS: ReadonlySet<string> = new Set([
  'schema',
  'verdict',
  'status',
  'severity',
  'confidence',
  'family',
  'code',
  'reason',
  'effect',
  'kind',
  'area',
  'address',
  'action',
  'devices',
  'because',
  'id',
])

/** The report with each string that comes from outside replaced by the next of these texts. */
export function poison(report: Report, texts: readonly string[]): Report {
  let next = 0
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return OURS.has(key) ? value : (texts[next++ % texts.length] ?? '')
    if (Array.isArray(value)) return value.map((one) => walk(one, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, name === 'taken' || name === 'tool' ? one : walk(one, name)]),
    )
  }
  return walk(report, '') as Report
}

/** Texts as bad as they come: any code units, and the favourites of those who mean harm. */
export const hostileTexts: fc.Arbitrary<readonly string[]> = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: fc.nat({ max: 0xffff }).map((one) => String.fromCharCode(one)), maxLength: 40 }),
    fc.constantFrom(...FAVOURITES()),
    fc.constantFrom(...FAVOURITES()).chain((one) => fc.string({ maxLength: 20 }).map((rest) => rest + one + rest)),
  ),
  { minLength: 1, maxLength: 12 },
)

export function FAVOURITES(): readonly string[] {
  return [
    '\u001b[2J\u001b]0;owned\u0007',
    '\u009b31m',
    'abc\u202edcba\u2066x',
    'zero\u200bwidth\u200d\ufeff',
    'line\nbreak\r\nand\ttab',
    '</details></summary><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[click](https://evil.example/) ![x](http://evil.example/x.png)',
    'https://evil.example/ www.evil.example',
    '@octocat please see #1 and org/repo#2',
    '```\nrm -rf /\n```',
    '`` ` ```` `',
    '# heading',
    '- item',
    '1. item',
    '> quote',
    '| a | b |\n|---|---|',
    '***bold*** __bold__ ~~gone~~ ^up^ $x$',
    '&lt;b&gt; &#x41;',
    '\\',
    '画面の名前がとても長い装置 🖥️👩‍👩‍👧',
    'e\u0301\u0301\u0301\u0301\u0301\u0301',
    '\ud800 lone \udfff',
    'x'.repeat(5000),
    '\u00a0\u3000\u2028\u2029',
    '',
  ]
}
