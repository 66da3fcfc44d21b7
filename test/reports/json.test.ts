import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderJson, stringify } from '../../reports/json.ts'
import schema from '../../reports/report.v1.schema.json' with { type: 'json' }
import { FAMILIES } from '../../src/model/family.ts'
import { hostileTexts, poison } from './support/hostile.ts'
import { ALL, blockedReport, report } from './support/reports.ts'

const validate = compile(schema)

function compile(given: object): ValidateFunction {
  return new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false }).compile(given)
}

/** The schema with every object closed: it then says whether each key is described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [key, key === 'additionalProperties' ? false : closed(one)])
  return Object.fromEntries(entries)
}

describe.each(Object.entries(ALL))('the %s report', (_, make) => {
  test('is valid', () => {
    validate(JSON.parse(renderJson(make())))
    expect(validate.errors ?? []).toEqual([])
  })

  test('has no key that the schema does not describe', () => {
    const strict = compile(closed(schema) as object)
    strict(JSON.parse(renderJson(make())))
    expect(strict.errors ?? []).toEqual([])
  })

  test('reads back as it was', () => expect(JSON.parse(renderJson(make()))).toEqual(make()))
})

describe('the schema', () => {
  test('lists the families of the model', () => {
    expect(schema.$defs.finding.properties.family.enum).toEqual([...FAMILIES])
  })

  test('lets keys be added', () => {
    expect(validate({ ...report(), added: { later: true } })).toBe(true)
  })

  test.each([
    ['an unknown verdict', { ...report(), verdict: 'fine' }],
    ['a pass without evidence', { ...report(), checks: [{ ...report().checks[0], evidence: undefined }] }],
    ['a failed check without a finding', { ...report(), checks: [{ ...report().checks[0], status: 'fail' }] }],
    ['a pass with a finding', { ...report(), checks: [{ ...report().checks[0], findings: blockedReport().causes }] }],
    ['a cause without evidence', { ...report(), causes: [{ ...blockedReport().causes[0], evidence: [] }] }],
    ['an address without a domain', { ...report(), groups: [{ id: 1, devices: ['01:00.0'], viable: true, why: '' }] }],
    ['another version', { ...report(), schema: 'vfio-doctor/report@2' }],
  ])('refuses %s', (_, given) => expect(validate(JSON.parse(JSON.stringify(given)))).toBe(false))
})

test('nothing invisible stands in the output, whatever the machine holds, and nothing is lost', () => {
  fc.assert(
    fc.property(hostileTexts, (texts) => {
      const given = poison(blockedReport(), texts)
      const out = renderJson(given)
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect(JSON.parse(out)).toEqual(given)
      expect(out.endsWith('}\n')).toBe(true)
    }),
  )
})

test('line separators and lone surrogates are escaped', () => {
  expect(stringify('\u2028\ud800\u202e')).toBe('"\\u2028\\ud800\\u202e"\n')
})
