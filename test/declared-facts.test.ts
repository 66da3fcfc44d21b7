import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKS } from '../checks/registry.ts'
import { machineIn } from '../scripts/golden.ts'
import { runCheck } from '../src/diagnose/run.ts'
import { candidates } from '../src/rules/candidates.ts'

const machines = join(import.meta.dirname, '../fixtures/machines')

/** A check is handed all facts; what it declares decides when it runs, and is what a reader takes it to look at. */
test.each(readdirSync(machines))('on %s each check looks at no fact but those that it declares', async (slug) => {
  const { machine } = await machineIn(readFileSync(join(machines, slug, 'capture.json.gz')))
  const { facts } = machine
  const scope = { asked: [], candidates: candidates(facts, []) }
  const undeclared: string[] = []
  for (const check of CHECKS) {
    const declared: readonly string[] = [...check.needs, ...check.uses]
    let judging = false
    const watched = new Proxy(facts, {
      get(all, name, receiver): unknown {
        if (judging && typeof name === 'string' && !declared.includes(name)) undeclared.push(`${check.id}: ${name}`)
        return Reflect.get(all, name, receiver)
      },
    })
    const judge = (given: never, asked: typeof scope): ReturnType<typeof check.judge> => {
      judging = true
      try {
        return check.judge(given, asked)
      } finally {
        judging = false
      }
    }
    expect(runCheck({ ...check, judge }, watched, scope).kind, check.id).not.toBe('crash')
  }
  expect(undeclared).toEqual([])
})
