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

/** A rule for evidence, or advice that is wrong: who reports it, and which file sees to it. */
interface Row {
  readonly say: string
  readonly codes: readonly string[]
  readonly kept: readonly string[]
  readonly why?: string
}

const root = join(import.meta.dirname, '..')
const sections = JSON.parse(readFileSync(join(root, 'checks/coverage.json'), 'utf8')) as readonly {
  title: string
  modes?: readonly Mode[]
  rows?: readonly Row[]
}[]
const modes = sections.flatMap((one) => one.modes ?? [])
const rows = sections.flatMap((one) => one.rows ?? [])
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
  test.each(rows.map((one) => [one.say, one] as const))('%s: its codes and files are there', (_say, one) => {
    expect(one.codes.filter((code) => !codes.has(code))).toEqual([])
    expect(one.kept.filter((file) => !existsSync(join(root, file)))).toEqual([])
    if (one.codes.length + one.kept.length === 0) expect((one.why ?? '').length).toBeGreaterThan(10)
  })
  const catalogue = join(root, '../shared/knowledge/failures.md')
  test.skipIf(!existsSync(catalogue))('every mode of the catalogue beside the project is in the table', () => {
    const text = readFileSync(catalogue, 'utf8')
    const named = [...text.matchAll(/^### `([a-z0-9-]+)`/gm)].map((one) => one[1])
    expect(named.length).toBeGreaterThan(200)
    expect(named.filter((mode) => !modes.some((one) => one.mode === mode))).toEqual([])
  })
  test.skipIf(!existsSync(catalogue)).each([
    ['Rules for evidence', /^\| \d+ \|/gm],
    ['Wrong advice', /^\| (?!advice seen|---)/gm],
  ])('%s: no row of the catalogue is left out', (title, row) => {
    const part =
      readFileSync(catalogue, 'utf8')
        .split(/^## /m)
        .find((one) => one.startsWith(title)) ?? ''
    const count = part.match(row)?.length ?? 0
    expect(count).toBeGreaterThan(10)
    expect(sections.find((one) => one.title === title)?.rows?.length).toBeGreaterThanOrEqual(count)
  })
})
