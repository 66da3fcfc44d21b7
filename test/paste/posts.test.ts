import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHECKS } from '../../checks/registry.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { valueOf } from '../../src/model/fact.ts'
import { machineFromPaste } from '../../src/paste/index.ts'
import { functionOf, groupsOf, known } from './support.ts'

/** What a post of ours must give; the posts are written for these tests, from the formats. */
interface Expected {
  readonly language: string
  /** The family of the first cause; null where the post shows nothing to judge by. */
  readonly family: string | null
  readonly devices: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** Kind, address and the error that came back. */
  readonly attempts: readonly (readonly [string, string | null, string | null])[]
}

const folder = join(import.meta.dirname, '../../fixtures/pastes')
const posts = readdirSync(folder, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .map((one) => ({
    name: one.name,
    text: readFileSync(join(folder, one.name, 'post.txt'), 'utf8'),
    expected: JSON.parse(readFileSync(join(folder, one.name, 'expected.json'), 'utf8')) as Expected,
  }))

describe.each(posts)('the post $name', ({ text, expected }) => {
  const machine = machineFromPaste({ text, truncated: false })
  const { facts } = machine

  it('shows its devices, groups and attempts', () => {
    for (const [address, wanted] of Object.entries(expected.devices)) {
      expect(known(functionOf(facts, address)), address).toMatchObject(wanted)
    }
    expect(groupsOf(facts)).toEqual(expected.groups)
    const attempts = (valueOf(facts.attempts) ?? []).map((one) => [one.kind, one.address, one.error])
    expect(attempts).toEqual(expected.attempts)
  })

  it('is judged by what it shows', () => {
    const report = diagnose(machine, CHECKS, { asked: [], version: '0.0.0' })
    expect(report.checks.filter((one) => one.status === 'crash')).toEqual([])
    expect(report.causes[0]?.family ?? null).toBe(expected.family)
    if (expected.family === null || expected.family === 'healthy') {
      expect(report.causes.filter((one) => one.severity === 'fail')).toEqual([])
    }
  })

  it('leaves something to ask for, in three commands at most, unless it shows all that matters', () => {
    const report = diagnose(machine, CHECKS, { asked: [], version: '0.0.0' })
    if (report.causes[0]?.confidence !== 'certain') expect(report.ask.length).toBeGreaterThan(0)
    expect(report.ask.length).toBeLessThanOrEqual(3)
  })

  it('and its quoted copy tells the same', () => {
    const quoted = machineFromPaste({ text: text.replace(/^/gm, '> '), truncated: false }).facts
    expect(groupsOf(quoted)).toEqual(expected.groups)
    for (const [address, wanted] of Object.entries(expected.devices)) {
      expect(known(functionOf(quoted, address)), address).toMatchObject(wanted)
    }
  })
})

it('the posts come in several languages', () => {
  expect(new Set(posts.map((one) => one.expected.language)).size).toBeGreaterThanOrEqual(8)
})
