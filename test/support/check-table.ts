import { describe, expect, test } from 'vitest'
import type { AnyCheck } from '../../src/model/check.ts'
import type { Facts } from '../../src/model/machine.ts'
import { found } from '../../src/diagnose/causes.ts'
import { runCheck } from '../../src/diagnose/run.ts'
import { candidates } from '../../src/rules/candidates.ts'
import { facts } from './facts.ts'

export interface Row {
  /** Reads like a sentence. */
  readonly name: string
  readonly facts: Partial<Facts>
  readonly asked?: readonly string[]
  /** pass, skip or unknown; or the findings, as `code` or `code@subject` (host, group:N, an address). */
  readonly expect: 'pass' | 'skip' | 'unknown' | readonly string[]
  /** Severity of the first finding, where the judgement changes it. */
  readonly severity?: 'fail' | 'warn' | 'info'
  readonly confidence?: 'certain' | 'likely' | 'possible'
  /** Words of the first of its actions, where the judgement changes them. */
  readonly advises?: string
}

/**
 * A table of machines and what the check makes of each. It also holds each row to the house rules: no throw, evidence
 * in each finding, no placeholder left in its words.
 */
export function checkTable(check: AnyCheck, rows: readonly Row[]): void {
  describe(check.id, () => {
    test('nothing is left to be filled in', () => expect(JSON.stringify(check)).not.toContain('TODO'))
    test.each(rows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
      const machine = facts(row.facts)
      const asked = row.asked ?? []
      const outcome = runCheck(check, machine, { asked, candidates: candidates(machine, asked) })
      if (outcome.kind === 'crash') throw new Error(outcome.message)
      if (typeof row.expect === 'string') {
        expect(outcome.kind, JSON.stringify(outcome.kind === 'hits' ? outcome.hits : null)).toBe(row.expect)
        return
      }
      const all = found([outcome])
      const named = all.map(({ finding: { code, subject } }, index) => {
        const key =
          subject.kind === 'host' ? 'host' : subject.kind === 'group' ? `group:${subject.id}` : subject.address
        return row.expect[index]?.includes('@') === true ? `${code}@${key}` : code
      })
      expect(named).toEqual(row.expect)
      if (row.severity !== undefined) expect(all[0]?.finding.severity).toBe(row.severity)
      if (row.confidence !== undefined) expect(all[0]?.finding.confidence).toBe(row.confidence)
      if (row.advises !== undefined) expect(JSON.stringify(all[0]?.actions[0])).toContain(row.advises)
      for (const { finding, actions } of all) {
        expect(finding.evidence.length).toBeGreaterThan(0)
        expect(`${finding.title} ${finding.summary} ${JSON.stringify(actions)}`).not.toMatch(/\{[a-zA-Z]+\}/)
      }
    })
  })
}
