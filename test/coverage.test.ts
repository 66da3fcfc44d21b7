import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '../checks/registry.ts'

interface Mode {
  readonly mode: string
  readonly codes: readonly string[]
  readonly why?: string
  /** Scenarios of the lab that make it happen, or why none does; absent where nobody looked. */
  readonly lab?: readonly string[] | string
}

const root = join(import.meta.dirname, '..')
const sections = JSON.parse(readFileSync(join(root, 'checks/coverage.json'), 'utf8')) as readonly {
  title: string
  modes: readonly Mode[]
}[]
const modes = sections.flatMap((one) => one.modes)
const codes = new Set(CHECKS.flatMap((check) => Object.keys(check.problems)))

describe('coverage of the known failure modes', () => {
  test('every mode stands once', () => {
    expect(new Set(modes.map((one) => one.mode)).size).toBe(modes.length)
  })
  test.each(modes.map((one) => [one.mode, one] as const))(
    '%s has a code that there is, or a reason why none can',
    (_mode, one) => {
      expect(one.codes.filter((code) => !codes.has(code))).toEqual([])
      if (one.codes.length === 0) expect((one.why ?? '').length).toBeGreaterThan(10)
    },
  )
  test.each(modes.flatMap((one) => (Array.isArray(one.lab) ? [[one.mode, one.lab] as const] : [])))(
    '%s is tried by scenarios that there are',
    (_mode, lab) => {
      expect(lab.length).toBeGreaterThan(0)
      expect(lab.filter((name) => !existsSync(join(root, 'test/lab/scenarios', `${name}.mjs`)))).toEqual([])
    },
  )
  const catalogue = join(root, '../shared/knowledge/failures.md')
  test.skipIf(!existsSync(catalogue))('every mode of the catalogue beside the project is in the table', () => {
    const text = readFileSync(catalogue, 'utf8')
    const named = [...text.matchAll(/^### `([a-z0-9-]+)`/gm)].map((one) => one[1])
    expect(named.length).toBeGreaterThan(200)
    expect(named.filter((mode) => !modes.some((one) => one.mode === mode))).toEqual([])
  })
})
