import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { allMessages } from '../../src/knowledge/messages/all.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import type { Cause } from '../../src/model/report.ts'
import { machineFromPaste } from '../../src/paste/index.ts'

const SAID = 'vfio-pci: probe of 0000:06:00.0 failed with error -22'

function causes(text: string): readonly Cause[] {
  return diagnose(machineFromPaste({ text, truncated: false }), CHECKS, { asked: [], version: '0.0.0' }).causes
}

function worth(text: string, code: string): readonly (string | undefined)[] {
  const cause = causes(text).find((one) => one.code === code)
  return [cause?.severity, cause?.confidence, cause?.evidence[0].source]
}

test('a finding is worth as much as the sentence that it rests on', () => {
  const code = 'guest-start-not-viable'
  const said = 'vfio 0000:06:00.0: group 17 is not viable'
  expect(worth(said, code)).toEqual(['fail', 'certain', 'paste, line 1'])
  expect(worth(`When I start it I get ${said}`, code)).toEqual(['fail', 'likely', 'paste, line 1, in a sentence'])
  expect(worth(`What does "${said}" mean?`, code)).toEqual(['warn', 'possible', 'paste, line 1, in a sentence'])
  expect(worth(`"${said}" has been solved.`, code)).toEqual(['info', 'possible', 'paste, line 1, in a sentence'])
})

test('talk takes nothing from what the machine itself says, and adds no second finding of it', () => {
  const shown = `[    9.000000] ${SAID}`
  const both = `Somebody wrote that "${SAID}" is about bridges.\n\n${shown}`
  const of = (text: string): readonly unknown[] =>
    causes(text).map((one) => [one.code, one.subject, one.severity, one.confidence])
  expect(of(both)).toEqual(of(shown))
})

test('what somebody only asks about explains nothing that was seen', () => {
  const seen = 'qemu-system-x86_64: vfio: failed to get group 17'
  const asked = 'Can "vfio 0000:06:00.0: group 17 is not viable" be the cause of it?'
  expect(causes(`${asked}\n\n${seen}`).flatMap((one) => (one.confidence === 'possible' ? one.explains : []))).toEqual(
    [],
  )
})

test('no question makes a failure, whatever the message', () => {
  fc.assert(
    fc.property(fc.constantFrom(...allMessages()), ({ example }) => {
      const found = causes(`Should I worry about "${example}" in the log?`)
      expect(found.filter((one) => one.severity === 'fail' || one.confidence !== 'possible')).toEqual([])
    }),
  )
})
