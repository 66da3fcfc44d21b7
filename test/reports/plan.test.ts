import { describe, expect, test } from 'vitest'
import { plan } from '../../reports/plan.ts'
import { shareCauses } from '../../reports/select.ts'
import { cause, device, report, step } from './support/reports.ts'

describe('plan', () => {
  test('leaves out the steps of notes below the first cause, unless all is asked for', () => {
    const remedy = [{ action: 'advise' as const, steps: [step('Do it')] }]
    const causes = shareCauses([cause('a'), cause('b', { severity: 'info', title: 'B', remedy })])
    expect(plan(report(), causes, false)).toEqual([])
    expect(plan(report(), causes, true)).toHaveLength(1)
  })
  test('tells a rebuild behind all changes that it carries on, and no step twice', () => {
    const rebuild = { ...step('Rebuild', { run: 'update-initramfs -u' }), carries: true as const }
    const remedy = (...says: readonly string[]): ReturnType<typeof cause>['remedy'] => [
      { action: 'edit-file', steps: [...says.map((say) => step(say)), rebuild] },
    ]
    const told = (...each: readonly ReturnType<typeof cause>['remedy'][]): readonly string[] => {
      const causes = each.map((one, at) => cause(`c${at}`, { title: `C${at}`, remedy: one }))
      return plan(report(), shareCauses(causes), false).flatMap((part) => part.steps.map((one) => one.say))
    }
    expect(told(remedy('A'), remedy('B'))).toEqual(['A', 'B', 'Rebuild'])
    expect(told(remedy('A'), remedy('A'))).toEqual(['A', 'Rebuild'])
    expect(told(remedy('A'), remedy(), remedy())).toEqual(['A', 'Rebuild'])
    const look = [{ action: 'show' as const, steps: [step('Look'), rebuild] }]
    expect(told(remedy('A'), look)).toEqual(['A', 'Rebuild', 'Look'])
    const words = [{ action: 'advise' as const, steps: [step('Look out')] }]
    expect(told(remedy('A'), words, remedy('A'))).toEqual(['A', 'Rebuild', 'Look out'])
    const written = [{ action: 'edit-file' as const, steps: [step('B', { run: 'true' })] }]
    expect(told(remedy('A'), written, remedy('C'))).toEqual(['A', 'C', 'Rebuild', 'B'])
  })
  test('tells what makes the rest safe before the first command that changes something', () => {
    const remedies = {
      Look: [{ action: 'show' as const, steps: [step('Look', { run: 'true' })] }],
      Words: [{ action: 'update-firmware' as const, steps: [step('Words')] }],
      Edit: [{ action: 'edit-file' as const, steps: [step('Edit', { run: 'true' })] }],
      Care: [{ action: 'advise' as const, steps: [step('Care', { first: true })] }],
      B: [{ action: 'advise' as const, steps: [step('B')] }],
      Twin: [{ action: 'bind-at-boot' as const, steps: [step('Bind', { run: 'true' }), step('Out', { first: true })] }],
    }
    const causes = Object.entries(remedies).map(([code, remedy]) => cause(code, { title: code, remedy }))
    const parts = plan(report(), shareCauses(causes), false)
    expect(parts.flatMap((part) => part.steps.map((one) => one.say))).toEqual([
      'Look',
      'Words',
      'Care',
      'Out',
      'Edit',
      'B',
      'Bind',
    ])
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
