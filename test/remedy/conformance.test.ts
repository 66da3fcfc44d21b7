import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/model/remedy.ts'
import { ACTION_KINDS, expand } from '../../src/remedy/index.ts'
import { ACTIONS, BLANK, PLATFORMS, runs, syntaxCheck } from './support.ts'

/** Each text field of an action, replaced; the kind and the closed words stay. */
function withTexts(action: Action, text: (key: string) => string): Action {
  const closed = new Set(['do', 'setting', 'what', 'to'])
  const entries = Object.entries(action).map(([key, value]) => [
    key,
    closed.has(key) && !(action.do === 'stop-user' || action.do === 'rename-file')
      ? value
      : key === 'do'
        ? value
        : text(key),
  ])
  return Object.fromEntries(entries) as Action
}

const FORBIDDEN = [
  /amd_iommu=on/,
  /iommu=pt/,
  /noiommu/,
  /pcie_acs_override/,
  /chmod\s+(-R\s+)?0?666/,
  /\bnew_id\b/,
  /setenforce|aa-complain/,
]

describe('every action on every platform', () => {
  test('the table of the tests holds each kind', () => {
    expect(ACTIONS.map((one) => one.do)).toEqual(ACTION_KINDS)
  })

  test('the schema of the report names each kind', () => {
    const text = readFileSync(new URL('../../reports/report.v1.schema.json', import.meta.url), 'utf8')
    const schema = JSON.parse(text) as { $defs: { remedy: { properties: { action: { enum: string[] } } } } }
    expect(schema.$defs.remedy.properties.action.enum.toSorted()).toEqual(ACTION_KINDS.toSorted())
  })

  for (const [name, platform] of Object.entries(PLATFORMS)) {
    test(name, () => {
      const scripts: string[] = []
      for (const action of ACTIONS) {
        const remedy = expand(action, platform, BLANK)
        expect(remedy.action).toBe(action.do)
        expect(remedy.steps.length, action.do).toBeGreaterThan(0)
        for (const one of remedy.steps) {
          expect(one.say.trim(), action.do).not.toBe('')
          expect(one.run, action.do).not.toBe('')
          for (const wrong of FORBIDDEN) expect(one.run ?? '', action.do).not.toMatch(wrong)
          expect(`${one.say}${one.risk ?? ''}${one.undo ?? ''}`).not.toMatch(/undefined|null\b|\[object/)
        }
        scripts.push(runs(remedy).join('\n'))
        // An undo is a command or a sentence; a command is to be pasted as it stands.
        for (const { undo } of remedy.steps)
          if (/^(sudo|echo|test|grep|sed|rm) /.test(undo ?? '')) scripts.push(undo ?? '')
      }
      const all = scripts.join('\n')
      syntaxCheck(all)
      // What stands between single quotes is written to a file, and read by somebody else.
      const typed = all.replaceAll(String.raw`'\''`, '').replaceAll(/'[^'\n]*'/g, '')
      if (platform.root === 'plain') expect(typed).not.toMatch(/\bsudo\b/)
      else expect(typed).not.toMatch(/> \/(sys|etc|boot)/)
    })
  }

  test('what nobody filled in gives placeholders, each explained, and valid commands', () => {
    for (const action of ACTIONS) {
      const remedy = expand(
        withTexts(action, (key) => `{${key}}`),
        PLATFORMS['generic'] ?? PLATFORMS['ubuntu']!,
        BLANK,
      )
      const script = runs(remedy).join('\n')
      syntaxCheck(script)
      expect(script, action.do).not.toMatch(/\{(address|addresses|id|ids|parameter|module|modules|count|group|bytes)\}/)
      const [first] = remedy.steps.filter((one) => /\bADDRESS\b/.test(`${one.say} ${one.run ?? ''}`))
      if (first !== undefined) expect(first.say, action.do).toContain('(lspci -D)')
    }
  })

  test('what nobody filled in of a setting for a guest is a word in capitals', () => {
    const action = { do: 'change-guest', say: 'Keep within {bits} bits.', xml: "<a limit='{bits}'/>" } as const
    expect(expand(action, PLATFORMS['ubuntu']!, BLANK).steps[1]?.edit?.text).toBe("<a limit='BITS'/>")
  })

  test('hostile texts never reach a command', () => {
    const marker = 'EVIL'
    const tail = fc.constantFrom(
      ';',
      '`',
      '$(',
      '\n',
      '|',
      '&',
      '>',
      "'",
      '"',
      '\\',
      '*',
      '\u001b',
      '\u202e',
      '{',
      ' ; ',
      // With a blank: without one a path is a fine value of a kernel parameter.
      ' /../',
    )
    const head = fc.constantFrom(
      '',
      '0000:04:00.0',
      '10de:1b80',
      'vfio_pci',
      'intel_iommu=on',
      'a=b',
      '28',
      '/etc/modprobe.d/x',
      '/etc/../',
    )
    const hostile = fc
      .tuple(head, tail, fc.string({ maxLength: 12 }), tail)
      .map(([a, b, c, d]) => `${a}${b}${marker}${c}${d}`)
    const platform = fc.constantFrom(...Object.values(PLATFORMS))
    fc.assert(
      fc.property(fc.constantFrom(...ACTIONS), platform, hostile, (action, on, text) => {
        const remedy = expand(
          withTexts(action, () => text),
          on,
          BLANK,
        )
        for (const one of remedy.steps) {
          // edit-file may carry harmless words of a line; nothing that a shell would read as its own.
          const script = one.run ?? ''
          if (action.do !== 'edit-file') expect(script).not.toContain(marker)
          else expect(script.replaceAll(/'[^'\n]*'/g, '')).not.toContain(marker)
          // eslint-disable-next-line no-control-regex -- they are what must not be there
          expect(`${one.say}${script}${one.risk ?? ''}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('any text at all: never throws, always at least one step', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ACTIONS),
        fc.constantFrom(...Object.values(PLATFORMS)),
        fc.string(),
        (action, on, text) => {
          expect(
            expand(
              withTexts(action, () => text),
              on,
              BLANK,
            ).steps.length,
          ).toBeGreaterThan(0)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
