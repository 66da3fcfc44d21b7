import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, prose, span, table } from '../../reports/markdown/escape.ts'
import { stepParts } from '../../reports/markdown/steps.ts'
import { renderMarkdown } from '../../reports/markdown.ts'
import type { RenderOptions } from '../../reports/renderer.ts'
import { FAVOURITES, hostileTexts, poison } from './support/hostile.ts'
import { ALL, blankReport, blockedReport, bridgeReport, step } from './support/reports.ts'

const OPTIONS: RenderOptions = { width: 80, color: false, unicode: true, verbose: false, quiet: false }

describe('prose', () => {
  test.each([
    ['plain words stay', 'vfio-pci refused 04:00.0 (error -22).', 'vfio-pci refused 04:00.0 (error -22).'],
    ['names with underscores stay', 'intel_iommu=on', 'intel_iommu=on'],
    ['versions stay at the start', '6.1.0-18', '6.1.0-18'],
    ['emphasis', '*a* _b_ ~~c~~ ^d^', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\^d\\^'],
    ['a link', '[a](b)', '\\[a\\](b)'],
    ['HTML', '</details>', '\\</details\\>'],
    ['an entity', '&lt;', '\\&lt;'],
    ['a code span', '`a`', '\\`a\\`'],
    ['a table cell', 'a|b', 'a\\|b'],
    ['a formula', '$x$', '\\$x\\$'],
    ['an automatic link', 'https://a.b www.a.b', 'https\\://a.b www\\.a.b'],
    ['a mention', '@someone', '(at)someone'],
    ['an at that mentions nobody', 'CPU @ 3.60GHz', 'CPU @ 3.60GHz'],
    ['an issue', 'see #12', 'see # 12'],
    ['a heading', '# a', '\\# a'],
    ['a bullet', '- a', '\\- a'],
    ['a rule', '---', '\\---'],
    ['a number', '1. a', '1\\. a'],
    ['a lone backslash', '\\', '\\\\'],
  ])('%s', (_, given, wanted) => expect(prose(given)).toBe(wanted))
})

describe('span', () => {
  test.each([
    ['a', '`a`'],
    ['a`b', '``a`b``'],
    ['`a``', '``` `a`` ```'],
  ])('%s', (given, wanted) => expect(span(given)).toBe(wanted))

  test('no run of backticks inside is as long as the fence', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' '), maxLength: 20 }), (text) => {
        const out = span(text)
        const fence = /^`+/.exec(out)?.[0] ?? ''
        const inside = out.slice(fence.length, out.length - fence.length)
        expect([...inside.matchAll(/`+/g)].every((one) => one[0].length !== fence.length)).toBe(true)
      }),
    )
  })
})

test('every line of a block is indented, so that none can end it', () => {
  expect(block('```\n</details>\n\n# a')).toBe('    ```\n    </details>\n\n    # a')
})

test('a table has one line a row', () => {
  expect(table(['A', 'B'], [['1', '2']])).toBe('| A | B |\n| --- | --- |\n| 1 | 2 |')
})

describe.each(Object.entries(ALL))('the %s report', (_, make) => {
  const text = renderMarkdown(make(), OPTIONS)

  test('folds once, and last', () => {
    expect(text.match(/^<details><summary>/gm)).toHaveLength(1)
    expect(text.match(/^<\/details>$/gm)).toHaveLength(1)
    expect(text.indexOf('</details>')).toBeGreaterThan(text.length - 300)
  })

  test('holds each command unaltered in a block of its own', () => {
    for (const step of make().causes.flatMap((one) => one.remedy.flatMap((remedy) => remedy.steps))) {
      if (step.run !== undefined && make().causes[0]?.severity === 'fail')
        expect(text).toContain(`\n\n    ${step.run}\n`)
    }
  })

  test('has no list before a block, which would take it in', () => {
    expect(text).not.toMatch(/^(?:[-*+]|\d+[.)]) .*\n\n {4}\S/m)
  })

  test('ends with one line break and has no blanks at an end of line', () => {
    expect(text).toMatch(/[^\n]\n$/)
    expect(text).not.toMatch(/ \n/)
  })
})

test('the summary stands above the evidence', () => {
  const text = renderMarkdown(bridgeReport(), OPTIONS)
  const order = [
    '**Ready.**',
    '**Leave the bridge',
    '### What to do',
    '### Devices',
    '<details>',
    'Seen for',
    '</details>',
  ]
  const at = order.map((one) => text.indexOf(one))
  expect(at).not.toContain(-1)
  expect(at).toEqual(at.toSorted((a, b) => a - b))
})

test('a path stands in code, other places in words', () => {
  const edit = (path: string): string =>
    stepParts('', step('Do it', { edit: { path, text: 'x' } }), false, (text) => text).join()
  expect(edit('/etc/default/grub')).toContain('In `/etc/default/grub`:')
  expect(edit('the domain of the guest')).toContain('In the domain of the guest:')
})

test('the verdict is not said twice', () => {
  expect(renderMarkdown(blankReport(), OPTIONS)).toMatch(/^\*\*Could not tell whether/)
})

test.each([
  [true, 'This report was redacted'],
  [false, 'This report was not redacted'],
  [undefined, 'redacted (names, serial numbers and network addresses masked) unless --no-redact was given'],
])('says at its end whether it was redacted: %s', (redacted, words) => {
  const text = renderMarkdown(bridgeReport(), redacted === undefined ? OPTIONS : { ...OPTIONS, redacted })
  expect(text.trimEnd().split('\n').at(-1)).toContain(words)
})

test('quiet is the verdict and the titles', () => {
  expect(renderMarkdown(bridgeReport(), { ...OPTIONS, quiet: true })).toBe(
    '**Ready.** 04:00.0 Multimedia audio controller \\[104c:a106\\] can be passed through now\n\n' +
      '**Leave the bridge 03:00.0 alone** (note, `bridge-cannot-bind`)\n',
  )
})

/** What GitHub would act on, outside of code. */
function live(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('    '))
    .join('\n')
    .replace(/(?<![\\`])(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
    .replace(/^<details><summary>Evidence and checks<\/summary>$|^<\/details>$/gm, '')
}

test('hostile strings show as they are and do nothing', () => {
  const check = (texts: readonly string[]): void => {
    const text = renderMarkdown(poison(blockedReport(), texts), OPTIONS)
    expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    expect(live(text)).not.toMatch(/(?<!\\)(?:\\\\)*[<>[\]]|@\w|#\d|(?<!\\):\/\/|www\./)
    expect(text.match(/^<\/?details>/gm)).toHaveLength(2)
  }
  for (const one of FAVOURITES()) check([one])
  fc.assert(fc.property(hostileTexts, check), { numRuns: 60 })
})
