import { describe, expect, test } from 'vitest'
import { byAddress, chooseDevices, gaps, gapsByReason, plan, questions, shareCauses } from '../../reports/select.ts'
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

describe('plan', () => {
  test('leaves out the steps of notes below the first cause, unless all is asked for', () => {
    const remedy = [{ action: 'advise' as const, steps: [step('Do it')] }]
    const causes = shareCauses([cause('a'), cause('b', { severity: 'info', title: 'B', remedy })])
    expect(plan(report(), causes, false)).toEqual([])
    expect(plan(report(), causes, true)).toHaveLength(1)
  })
  test('tells a rebuild anew behind another change, and no step twice else', () => {
    const rebuild = { ...step('Rebuild', { run: 'update-initramfs -u' }), carries: true as const }
    const remedy = (...says: readonly string[]): ReturnType<typeof cause>['remedy'] => [
      { action: 'edit-file', steps: [...says.map((say) => step(say)), rebuild] },
    ]
    const told = (...each: readonly ReturnType<typeof cause>['remedy'][]): readonly string[] => {
      const causes = each.map((one, at) => cause(`c${at}`, { title: `C${at}`, remedy: one }))
      return plan(report(), shareCauses(causes), false).flatMap((part) => part.steps.map((one) => one.say))
    }
    expect(told(remedy('A'), remedy('B'))).toEqual(['A', 'Rebuild', 'B', 'Rebuild'])
    expect(told(remedy('A'), remedy('A'))).toEqual(['A', 'Rebuild'])
    expect(told(remedy('A'), remedy(), remedy())).toEqual(['A', 'Rebuild'])
    const look = [{ action: 'show' as const, steps: [step('Look'), rebuild] }]
    expect(told(remedy('A'), look)).toEqual(['A', 'Rebuild', 'Look'])
    const words = [{ action: 'advise' as const, steps: [step('Look out')] }]
    expect(told(remedy('A'), words, remedy('A'))).toEqual(['A', 'Rebuild', 'Look out'])
    const written = [{ action: 'edit-file' as const, steps: [step('B', { run: 'true' })] }]
    expect(told(remedy('A'), written, remedy('A'))).toEqual(['A', 'Rebuild', 'B', 'Rebuild'])
  })
  test('tells what makes the rest safe before the first command that changes something', () => {
    const remedies = {
      Look: [{ action: 'show' as const, steps: [step('Look', { run: 'true' })] }],
      Words: [{ action: 'update-firmware' as const, steps: [step('Words')] }],
      Edit: [{ action: 'edit-file' as const, steps: [step('Edit', { run: 'true' })] }],
      Care: [{ action: 'advise' as const, steps: [step('Care', { first: true })] }],
      B: [{ action: 'advise' as const, steps: [step('B')] }],
    }
    const causes = Object.entries(remedies).map(([code, remedy]) => cause(code, { title: code, remedy }))
    const parts = plan(report(), shareCauses(causes), false)
    expect(parts.flatMap((part) => part.steps.map((one) => one.say))).toEqual(['Look', 'Words', 'Care', 'Edit', 'B'])
  })
  describe('of a device that is bound at boot once a cause is mended', () => {
    const at = '0000:01:00.0'
    const steps = [
      { action: 'bind-now' as const, steps: [step('Bind', { run: 'true' })] },
      { action: 'assign' as const, steps: [step('Give')] },
    ]
    const devices = [device(at, { candidate: 'x', steps })]
    const restart = [step('Restart', { effect: 'reboot', carries: true })]
    const remedy = (action: 'bind-at-boot' | 'rebuild-initramfs', restarts = restart) => [
      { action, steps: [step('Write', { run: 'true' }), ...restarts] },
    ]
    const explains = [`device-on-host-driver@${at}`]
    const subject = { kind: 'device', address: at } as const
    test.each([
      ['the remedy binds it', { subject, remedy: remedy('bind-at-boot') }, false],
      [
        'the cause kept it from being bound',
        { family: 'bind-too-late', explains, remedy: remedy('rebuild-initramfs') },
        false,
      ],
      ['the cause is about another device', { family: 'bind-too-late', remedy: remedy('bind-at-boot') }, true],
      ['the cause is of another kind', { subject, remedy: remedy('rebuild-initramfs') }, true],
      ['no restart is told', { subject, remedy: remedy('bind-at-boot', []) }, true],
      [
        'the cause is one of several readings',
        { subject, confidence: 'possible', remedy: remedy('bind-at-boot') },
        true,
      ],
    ] as const)('%s', (_, patch, byHand) => {
      const causes = shareCauses([cause('a', { subject: { kind: 'host' }, ...patch })])
      const says = plan(report({ devices }), causes, false).flatMap((part) => part.steps.map((one) => one.say))
      expect(says.includes('Bind')).toBe(byHand)
      expect(says).toContain('Give')
    })
  })
  test('tells how to hand over what was asked for, else the first candidates', () => {
    const steps = (say: string): typeof remedy => [{ action: 'assign' as const, steps: [step(say)] }]
    const remedy = [{ action: 'assign' as const, steps: [step('x')] }]
    const devices = ['1', '2', '3'].map((one) => device(`0000:0${one}:00.0`, { candidate: 'x', steps: steps(one) }))
    expect(plan(report({ devices }), [], false)).toHaveLength(2)
    expect(plan(report({ devices }), [], true)).toHaveLength(3)
    const asked = devices.map((one, at) => ({ ...one, asked: at === 2 }))
    expect(plan(report({ devices: asked }), [], false).map((one) => one.steps[0]?.say)).toEqual(['3'])
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
