import { expect, test } from 'vitest'

interface Judged {
  readonly rows: readonly { readonly device: string; readonly verdict: string; readonly truth: string }[]
  readonly mismatches: readonly string[]
}
type Judge = (expected: object, report: object | null, truths: readonly object[]) => Judged

// The lab's scripts are plain JavaScript: their types are the ones told here.
const { judge } = (await import(new URL('../lab/lib/expectation.mjs', import.meta.url).href)) as { judge: Judge }
const { table } = (await import(new URL('../lab/lib/table.mjs', import.meta.url).href)) as {
  table: (rows: readonly (readonly string[])[]) => string
}

const CARD = '0000:01:00.0'

function report(verdict: string, because: readonly string[] = []): object {
  return { devices: [{ address: CARD, verdict, because }], causes: [], checks: [] }
}

function truth(when: string, answer: string): object {
  const [stage, error] = answer.split(' ')
  return answer === 'works' ? { device: CARD, when, works: true } : { device: CARD, when, works: false, stage, error }
}

/** Verdict, what the kernel answers, whether the verdict keeps its promise. */
const PROMISES: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
  ['ready', { now: 'works' }, true],
  ['ready', { now: 'set-iommu EPERM' }, false],
  ['ready-after-binding', { now: 'open-group ENOENT', followed: 'works' }, true],
  ['ready-after-binding', { now: 'open-group ENOENT', followed: 'not-viable EPERM' }, false],
  ['ready-after-binding', { now: 'open-group ENOENT' }, false],
  ['ready-after-binding', { now: 'works', followed: 'works' }, false],
  ['blocked', { now: 'group ENOENT', bound: 'bind EINVAL' }, true],
  ['blocked', { now: 'open-group ENOENT', bound: 'works' }, false],
  ['blocked', { now: 'works' }, false],
  ['not-assignable', { now: 'open-group ENOENT', bound: 'bind EINVAL' }, true],
  ['not-assignable', { now: 'open-group ENOENT', bound: 'works' }, false],
  ['in-use-by-host', { now: 'open-group ENOENT' }, true],
  ['in-use-by-host', { now: 'works' }, false],
  ['cannot-tell', { now: 'open-group ENOENT' }, true],
]

test.each(PROMISES)('%s, and the kernel answers %j: %s', (verdict, answers, kept) => {
  const truths = Object.entries(answers).map(([when, answer]) => truth(when, answer))
  const { mismatches } = judge({ devices: { [CARD]: { verdict } } }, report(verdict), truths)
  expect(mismatches.length === 0).toBe(kept)
})

test('a verdict that is true and not the expected one is a mismatch', () => {
  const expected = { devices: { [CARD]: { verdict: 'ready', because: ['a-code'], now: 'works' } } }
  const { mismatches } = judge(expected, report('cannot-tell', ['b-code']), [truth('now', 'works')])
  expect(mismatches).toEqual([
    `${CARD}: cannot-tell (b-code), expected ready`,
    `${CARD}: not because of a-code (b-code)`,
  ])
})

test('another answer of the kernel than the scenario expects is a mismatch', () => {
  const expected = { devices: { [CARD]: { verdict: 'blocked', now: 'set-iommu EPERM' } } }
  const { mismatches } = judge(expected, report('blocked'), [truth('now', 'group ENOENT')])
  expect(mismatches).toEqual([`${CARD}: the kernel answered group ENOENT (now), expected set-iommu EPERM`])
})

test('no report, and a kernel that nobody asked', () => {
  const { mismatches, rows } = judge({ devices: { [CARD]: { verdict: 'ready' } } }, null, [])
  expect(mismatches).toContain('the doctor gave no report')
  expect(mismatches).toContain(`${CARD}: the kernel was not asked`)
  expect(rows).toEqual([{ device: CARD, verdict: 'not in the report', truth: '' }])
})

test('codes that must and must not be there, and crashes', () => {
  const found = {
    devices: [],
    causes: [{ code: 'one' }],
    checks: [
      { id: 'x', status: 'fail', findings: [{ code: 'two' }] },
      { id: 'y', status: 'crash', message: 'oh', findings: [] },
    ],
  }
  const expected = { devices: {}, causes: ['one', 'other'], found: ['two', 'four'], not: ['two', 'three'] }
  expect(judge(expected, found, []).mismatches).toEqual([
    'other is not among the causes (one)',
    'four was not found (two)',
    'two was found, and is not so',
    'the check y crashed: oh',
  ])
})

test('a table has its columns under each other', () => {
  expect(
    table([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\n---  --\nccc  d\n')
})
