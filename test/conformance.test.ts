import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '../checks/registry.ts'
import { FAMILIES } from '../src/model/family.ts'
import { runCheck } from '../src/diagnose/run.ts'
import { fillAction } from '../src/diagnose/fill.ts'
import { headline } from '../src/diagnose/headline.ts'
import type { Cause, CheckReport } from '../src/model/report.ts'
import { expand, genericPlatform } from '../src/remedy/index.ts'
import { blankFacts } from '../src/rules/blank.ts'
import { renderMarkdown } from '../reports/markdown.ts'
import { renderText } from '../reports/text.ts'
import { cause, device, report } from './reports/support/reports.ts'

const root = join(import.meta.dirname, '..')
const all = CHECKS.flatMap((check) =>
  Object.entries(check.problems).map(([code, problem]) => ({ check, code, problem })),
)
const codes = new Set(all.map((one) => one.code))

function files(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
}

function failed(found: Cause): CheckReport {
  const { id, area, title } = CHECKS.find((check) => Object.hasOwn(check.problems, found.code)) ?? CHECKS[0]!
  return { id, area, title, status: found.severity, findings: [found], missing: [] }
}

describe('every check', () => {
  test.each(CHECKS.map((check) => [check.id, check] as const))(
    '%s is a file of that name, in its area',
    (id, check) => {
      const text = readFileSync(join(root, 'checks', check.area, `${id}.ts`), 'utf8')
      expect(text).toContain(`id: '${id}'`)
      expect(check.title).toMatch(/^\S.{10,}[^.]$/)
    },
  )
  test.each(CHECKS.map((check) => [check.id, check] as const))(
    '%s says nothing of a machine of which nothing is known',
    (_id, check) => {
      const facts = blankFacts('blank')
      const outcome = runCheck(check, facts, { asked: [], candidates: new Map() })
      expect(['unknown', 'skip'], JSON.stringify(outcome)).toContain(outcome.kind)
    },
  )
  test('ids are unique', () => {
    expect(new Set(CHECKS.map((check) => check.id)).size).toBe(CHECKS.length)
  })
})

describe('every code', () => {
  test('is unique', () => {
    expect(codes.size).toBe(all.length)
  })
  const tested = files('test/checks').join('\n')
  test.each(all.map((one) => [one.code, one] as const))(
    '%s is raised by a test, and its words are whole',
    (code, { problem }) => {
      expect(
        tested.includes(`'${code}'`) || tested.includes(`'${code}@`),
        `no test in test/checks expects ${code}`,
      ).toBe(true)
      expect(FAMILIES).toContain(problem.family)
      for (const text of [problem.title, problem.summary, problem.proof, problem.ruledOut, ...problem.sources]) {
        expect(text).not.toMatch(/TODO|\s{2,}|^\s|\s$/)
        expect(text.length).toBeGreaterThan(3)
      }
      expect(problem.title).not.toMatch(/\.$/)
      expect(problem.summary).toMatch(/[.}]$/)
      expect(problem.sources.length).toBeGreaterThan(0)
    },
  )
  test.each(all.map((one) => [one.code, one] as const))(
    '%s explains only codes that there are',
    (_code, { problem }) => {
      expect((problem.explains ?? []).filter((code) => !codes.has(code))).toEqual([])
    },
  )
  test.each(all.map((one) => [one.code, one] as const))('%s has a remedy that says something', (_code, { problem }) => {
    expect(problem.remedy.length).toBeGreaterThan(0)
    const steps = problem.remedy.flatMap(
      (action) => expand(fillAction(action, {}), genericPlatform(), blankFacts('explain')).steps,
    )
    expect(steps.length).toBeGreaterThan(0)
  })
})

describe('a title asserts no more than is known', () => {
  const WIDE = { width: 2000, color: false, unicode: false }
  test.each(all.map((one) => [one.code, one] as const))('%s', (code, { problem }) => {
    const { title } = problem
    for (const confidence of ['likely', 'possible'] as const) {
      const asked = device('0000:01:00.0', { verdict: 'blocked', because: [code], asked: true })
      const found = cause(code, { title, severity: problem.severity, confidence })
      const judged = report({ causes: [found], checks: [failed(found)], devices: [asked] })
      const overall = { ...judged, devices: [] }
      const texts = [
        headline(judged, 'blocked', null),
        headline(overall, 'blocked', null),
        headline(overall, 'attention', null),
        headline(overall, 'cannot-tell', null),
        ...[true, false].flatMap((verbose) => [
          renderText(judged, { ...WIDE, verbose, quiet: !verbose }),
          renderMarkdown(judged, { ...WIDE, verbose, quiet: !verbose }).replaceAll('\\', ''),
        ]),
      ]
      for (const text of texts) {
        const before = text.toLowerCase().split(title.toLowerCase()).slice(0, -1)
        expect(before.filter((one) => !/(?:likely|possibly)[:,] $/.test(one))).toEqual([])
      }
      expect(texts[0]?.toLowerCase()).toContain(title.toLowerCase())
    }
  })
})

describe('nothing that is known to be wrong is advised', () => {
  const BAD = [
    /amd_iommu=on/,
    /enable_unsafe_noiommu_mode=(?:1|Y)/,
    /chmod\s+666/,
    /pcie_acs_override=/,
    /relaxed_acs_check/,
    /modprobe vfio_virqfd/,
    /blacklist nvidia\*/,
    /pci=(?:noaer|nomsi|nocrs)/,
    /acpi=off|nomodeset|nofb|textonly/,
    /efifb:off|sysfb_init/,
    /<locked\/>/,
    /\bnew_id\b/,
    /disable-validation/,
  ]
  test.each(all.map((one) => [one.code, one] as const))('%s', (_code, { problem }) => {
    const runs = problem.remedy.flatMap((action) =>
      expand(fillAction(action, {}), genericPlatform(), blankFacts('explain')).steps.map(
        (step) => `${step.run ?? ''} ${step.edit?.text ?? ''}`,
      ),
    )
    for (const bad of BAD) expect(runs.join('\n')).not.toMatch(bad)
  })
})
