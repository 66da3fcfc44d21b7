import { describe, expect, test } from 'vitest'
import type { AnyCheck, Hit, Problem, Severity } from '../../src/model/check.ts'
import { found, tie } from '../../src/diagnose/causes.ts'
import type { Outcome } from '../../src/diagnose/run.ts'
import { membership } from '../../src/diagnose/subjects.ts'
import { endpoint, facts, pciFacts } from '../support/facts.ts'

const machine = facts(
  pciFacts([endpoint({ address: '0000:01:00.0', group: 1 }), endpoint({ address: '0000:02:00.0', group: 2 })]),
)
const members = membership(machine)

function problem(severity: Severity, explains: readonly string[] = []): Problem {
  return {
    severity,
    family: 'healthy',
    title: 'about {what}',
    summary: '',
    proof: '',
    ruledOut: '',
    remedy: [],
    explains,
    sources: ['test'],
  }
}

const check: AnyCheck = {
  id: 'one',
  area: 'iommu',
  title: 'all is well',
  needs: [],
  uses: [],
  problems: {
    root: problem('warn', ['middle']),
    middle: problem('fail', ['leaf']),
    leaf: problem('fail'),
    other: problem('fail'),
    chicken: problem('fail', ['egg']),
    egg: problem('fail', ['chicken']),
  },
  judge: () => ({ kind: 'skip', because: 'not run here' }),
}

function hits(...list: readonly (Partial<Hit> & { readonly code: string })[]): readonly Outcome[] {
  const evidence = [{ source: 'here', saw: 'it' }] as const
  const [first, ...rest] = list.map((one): Hit => ({
    subject: { kind: 'host' },
    evidence,
    values: { what: 'it' },
    ...one,
  }))
  return first === undefined ? [] : [{ check, kind: 'hits', hits: [first, ...rest] }]
}

const codes = (outcomes: readonly Outcome[]): readonly string[] =>
  tie(found(outcomes), members).map((one) => one.cause.finding.code)
const device = (address: string): Hit['subject'] => ({ kind: 'device', address })

describe('causes and symptoms', () => {
  test.each([
    ['no device', [], ['middle', 'root']],
    ['the device', ['0000:01:00.0'], ['root']],
    ['another device', ['0000:02:00.0'], ['middle', 'root']],
  ] as const)('a cause about the host that bears on %s', (_, devices, wanted) => {
    const outcomes = hits({ code: 'root', devices }, { code: 'middle', subject: device('0000:01:00.0') })
    expect(codes(outcomes).toSorted()).toEqual(wanted)
  })
  test('a cause that bears on one function says nothing of its neighbour in the group, and something of the group', () => {
    const devices = ['0000:01:00.1']
    expect(codes(hits({ code: 'root', devices }, { code: 'middle', subject: device('0000:01:00.0') }))).toHaveLength(2)
    expect(
      codes(hits({ code: 'root', devices: ['0000:01:00.0'] }, { code: 'middle', subject: { kind: 'group', id: 1 } })),
    ).toHaveLength(1)
    expect(
      codes(hits({ code: 'root', devices: [] }, { code: 'middle', subject: { kind: 'group', id: 1 } })),
    ).toHaveLength(2)
    expect(codes(hits({ code: 'root', devices: [] }, { code: 'middle' }))).toHaveLength(1)
  })
  test.each([
    ['no word', undefined, 1],
    ['the same word', ['one', 'two'], 1],
    ['another word', ['two'], 2],
  ] as const)('a cause that is about a word, and a symptom that is about %s', (_, words, roots) => {
    expect(codes(hits({ code: 'root', words: ['one'] }, { code: 'middle', ...(words && { words }) }))).toHaveLength(
      roots,
    )
  })
  test('a symptom about the host that touches other devices than its cause', () => {
    const cause = { code: 'root', subject: device('0000:01:00.0') }
    expect(codes(hits(cause, { code: 'middle', devices: ['0000:01:00.0'] }))).toHaveLength(1)
    expect(codes(hits(cause, { code: 'middle', devices: ['0000:02:00.0'] }))).toHaveLength(2)
    const both = ['0000:02:00.0', '0000:01:00.0']
    expect(codes(hits({ code: 'root', devices: ['0000:01:00.0'] }, { code: 'middle', devices: both }))).toHaveLength(1)
    expect(
      codes(hits({ code: 'root', devices: ['0000:01:00.0'] }, { code: 'middle', devices: ['0000:02:00.0'] })),
    ).toHaveLength(2)
  })
  test('a chain of explanations has one root, whatever its severity', () => {
    const tied = tie(found(hits({ code: 'leaf' }, { code: 'middle' }, { code: 'root' })), members)
    expect(tied.map((one) => one.cause.finding.code)).toEqual(['root'])
    expect(tied[0]?.explains).toEqual(['leaf@host', 'middle@host'])
  })
  test('what makes something fail is a failure, what explains it away is not', () => {
    const severity = (...list: readonly (Partial<Hit> & { readonly code: string })[]): string | undefined =>
      tie(found(hits(...list)), members)[0]?.cause.finding.severity
    expect(severity({ code: 'leaf' }, { code: 'middle' }, { code: 'root' })).toBe('fail')
    expect(severity({ code: 'leaf' }, { code: 'middle' }, { code: 'root', severity: 'info' })).toBe('info')
    expect(severity({ code: 'middle', severity: 'info' }, { code: 'root' })).toBe('warn')
  })
  test('subjects that do not meet are not tied', () => {
    expect(
      codes(
        hits({ code: 'leaf', subject: device('0000:01:00.0') }, { code: 'middle', subject: device('0000:02:00.0') }),
      ),
    ).toEqual(['leaf', 'middle'])
  })
  test('a note on one device explains no failure of another in its group', () => {
    const pair = pciFacts([endpoint({ address: '0000:01:00.0' }), endpoint({ address: '0000:01:00.1' })])
    const found1 = found(
      hits(
        { code: 'leaf', subject: device('0000:01:00.0') },
        { code: 'middle', severity: 'info', subject: device('0000:01:00.1') },
      ),
    )
    expect(tie(found1, membership(facts(pair))).map((one) => one.cause.finding.code)).toEqual(['leaf', 'middle'])
  })
  test('a group meets its members', () => {
    expect(
      codes(
        hits({ code: 'leaf', subject: device('0000:01:00.0') }, { code: 'middle', subject: { kind: 'group', id: 1 } }),
      ),
    ).toEqual(['middle'])
    expect(
      codes(
        hits({ code: 'leaf', subject: device('0000:01:00.0') }, { code: 'middle', subject: { kind: 'group', id: 2 } }),
      ),
    ).toHaveLength(2)
  })
  test('two problems that explain each other both remain', () => {
    expect(codes(hits({ code: 'chicken' }, { code: 'egg' })).toSorted()).toEqual(['chicken', 'egg'])
  })
  test('severity ranks first, then confidence, then the order of the registry', () => {
    const ranked = codes(
      hits({ code: 'other', severity: 'info' }, { code: 'leaf', confidence: 'possible' }, { code: 'chicken' }),
    )
    expect(ranked).toEqual(['chicken', 'leaf', 'other'])
  })
  test('a hit only ever lowers the severity of its problem', () => {
    expect(found(hits({ code: 'root', severity: 'fail' }))[0]?.finding.severity).toBe('warn')
    expect(found(hits({ code: 'root', severity: 'info' }))[0]?.finding.severity).toBe('info')
  })
  test('a code that the check does not list is a bug of ours', () => {
    expect(() => found(hits({ code: 'unheard-of' }))).toThrow(/does not list/)
  })
})
