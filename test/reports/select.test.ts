import { describe, expect, test } from 'vitest'
import { byAddress, chooseDevices, gaps, gapsByReason, questions, shareCauses } from '../../reports/select.ts'
import type { CheckReport, MissingReport } from '../../src/model/report.ts'
import { blockedReport, cause, device, passed, report, step } from './support/reports.ts'

const addresses = (devices: readonly { readonly address: string }[]): readonly string[] =>
  devices.map((one) => one.address)

describe('shareCauses', () => {
  const one = cause('a', { title: '0000:01:00.0 is held', subject: { kind: 'device', address: '0000:01:00.0' } })
  const two = cause('a', { title: '0000:01:00.1 is held', subject: { kind: 'device', address: '0000:01:00.1' } })

  test('joins what differs in its device alone', () => {
    expect(shareCauses([one, two]).map((shared) => shared.subjects)).toEqual([[one.subject, two.subject]])
  })
  test.each([
    ['another summary', { ...two, summary: 'Another.' }],
    ['another code', { ...two, code: 'b' }],
    ['another severity', { ...two, severity: 'warn' as const }],
    ['another confidence', { ...two, confidence: 'likely' as const }],
  ])('keeps %s apart', (_, other) => expect(shareCauses([one, other])).toHaveLength(2))
  test('joins groups too, and keeps the rank', () => {
    const group = (id: number): ReturnType<typeof cause> =>
      cause('g', { title: `Free group ${id}`, subject: { kind: 'group', id } })
    expect(shareCauses([group(1), one, group(12)]).map((shared) => shared.code)).toEqual(['g', 'a'])
  })
})

describe('chooseDevices', () => {
  test('a candidate and its group mates', () => {
    const { shown, rest } = chooseDevices(blockedReport(), false)
    expect(addresses(shown)).toEqual(['0000:01:00.0', '0000:01:00.1'])
    expect(shown.length + rest.length).toBe(blockedReport().devices.length)
  })
  test('those asked for come first and candidates are left out', () => {
    const devices = [
      device('0000:01:00.0', { candidate: 'x', group: 1 }),
      device('0000:02:00.0', { asked: true, candidate: 'asked for', group: 2 }),
    ]
    expect(addresses(chooseDevices(report({ devices }), false).shown)).toEqual(['0000:02:00.0'])
  })
  test('functions in no known group are not mates of each other', () => {
    const devices = [device('0000:01:00.0', { asked: true, group: null }), device('0000:02:00.0', { group: null })]
    expect(addresses(chooseDevices(report({ devices }), false).shown)).toEqual(['0000:01:00.0'])
  })
  test('where nobody named one, those that could be handed over, a dozen at most', () => {
    const devices = Array.from({ length: 30 }, (_, at) =>
      device(`0000:00:${at.toString(16).padStart(2, '0')}.0`, { group: at, verdict: 'ready-after-binding' }),
    )
    expect(chooseDevices(report({ devices }), false).shown).toHaveLength(12)
    expect(chooseDevices(report({ devices }), true).shown).toHaveLength(30)
  })
})

test('addresses are ordered by number, wide domains last', () => {
  const sorted = ['10000:00:00.0', '0000:0a:00.0', '0000:02:00.1', '0000:02:00.0'].toSorted(byAddress)
  expect(sorted).toEqual(['0000:02:00.0', '0000:02:00.1', '0000:0a:00.0', '10000:00:00.0'])
})

describe('gaps', () => {
  const missing = (what: string, reason: MissingReport['reason']): MissingReport => ({
    what,
    reason,
    source: 'somewhere',
    settle: [{ action: 'run-as-root', steps: [step('As root', { run: 'sudo vfio-doctor' })] }],
  })
  const check = (id: string, ...missed: readonly MissingReport[]): CheckReport => ({ ...passed(id), missing: missed })
  const checks = [
    check('a', missing('the log', 'denied')),
    check('b', missing('the CPU', 'denied'), missing('the log', 'denied')),
    check('c', missing('the log', 'timeout')),
  ]

  test('each thing once, the most missed first', () => {
    expect(gaps(checks).map((one) => [one.missing.what, one.missing.reason, one.checks])).toEqual([
      ['the log', 'denied', ['a', 'b']],
      ['the CPU', 'denied', ['b']],
      ['the log', 'timeout', ['c']],
    ])
  })
  test('by reason', () => {
    expect(gapsByReason(checks)).toEqual([
      { reason: 'denied', things: ['the log', 'the CPU'], checks: 2 },
      { reason: 'timeout', things: ['the log'], checks: 1 },
    ])
  })
  test('the same question is asked once, and the report has the first word', () => {
    expect(questions(report({ checks }), [])).toHaveLength(1)
    const ask = [{ action: 'show' as const, steps: [step('Show it', { run: 'sudo dmesg' })] }]
    expect(questions(report({ checks, ask }), []).map((one) => one.run)).toEqual(['sudo dmesg'])
  })
})
