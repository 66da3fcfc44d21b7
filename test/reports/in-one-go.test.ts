import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inOneGo, type Draft } from '../../reports/in-one-go.ts'
import { plan } from '../../reports/plan.ts'
import { shareCauses } from '../../reports/select.ts'
import { renderText } from '../../reports/text.ts'
import { together } from '../../src/diagnose/together.ts'
import type { Action, Step } from '../../src/model/remedy.ts'
import { expand } from '../../src/remedy/index.ts'
import { facts, PLATFORMS } from '../remedy/support.ts'
import { cause, report, step } from './support/reports.ts'

const restart = (say: string): Step => step(say, { run: 'sudo reboot', effect: 'reboot', carries: true })
const rebuild = (run: string, say = 'Rebuild.'): Step => step(say, { run, carries: true })
const change = (say: string): Step => step(say, { run: 'true' })
const draft = (steps: readonly Step[], some: Partial<Draft> = {}): Draft => ({
  steps,
  apart: false,
  changesKernel: false,
  ...some,
})
const saysOf = (drafts: readonly Draft[]): readonly string[] =>
  inOneGo(drafts).flatMap(({ steps }) => steps.map(({ say }) => say))

describe('the order', () => {
  const last = restart('Restart the host.')
  test('one part keeps its steps, and what finishes it is its own', () => {
    const drafts = [draft([change('A'), rebuild('r'), last, step('Look')]), draft([step('B')])]
    expect(inOneGo(drafts)).toEqual([
      { of: 0, steps: drafts[0]!.steps, awaits: false },
      { of: 1, steps: [step('B')], awaits: false },
    ])
  })
  test('two parts are finished by one rebuild and one restart behind both', () => {
    const pieces = inOneGo([draft([change('A'), rebuild('r'), last]), draft([change('B'), rebuild('r'), last])])
    expect(pieces).toEqual([
      { of: 0, steps: [change('A')], awaits: true },
      { of: 1, steps: [change('B')], awaits: true },
      { of: { alone: [], changes: true }, steps: [rebuild('r'), last], awaits: false },
    ])
  })
  test('parts that want nothing else are named with what finishes them', () => {
    const drafts = [draft([change('A'), last]), draft([rebuild('r'), last])]
    expect(inOneGo(drafts).at(-1)?.of).toEqual({ alone: [1], changes: true })
    const causes = (lists: readonly (readonly Step[])[]): string =>
      renderText(
        report({
          causes: lists.map((steps, at) =>
            cause(`c${at}`, { title: `C${at}`, remedy: [{ action: 'edit-file', steps }] }),
          ),
        }),
        { color: false, unicode: true, verbose: false, quiet: false, width: 80 },
      )
    expect(
      causes([
        [change('A'), last],
        [rebuild('r'), last],
      ]),
    ).toContain('Once these changes are made, and about c1')
    expect(
      causes([
        [rebuild('q'), last],
        [rebuild('r'), last],
      ]),
    ).toContain('  What to do\n')
  })
  test('one part that restarts twice does so once', () => {
    expect(saysOf([draft([change('A'), last, change('B'), last])])).toEqual(['A', 'B', 'Restart the host.'])
  })
  test('what no restart takes up stays behind the restart that it stood behind', () => {
    const live = draft([change('Live')])
    const drafts = [draft([change('A'), last]), live, draft([change('B'), last, step('Look')])]
    expect(saysOf(drafts)).toEqual(['A', 'B', 'Restart the host.', 'Live', 'Look'])
    expect(saysOf([live, ...drafts])[0]).toBe('Live')
  })
  test('what is written by hand comes before the last restart that it stood before', () => {
    const hand = draft([step('Write')])
    const drafts = [draft([change('A'), last]), hand, draft([change('B'), last]), draft([step('Look')])]
    expect(saysOf(drafts)).toEqual(['A', 'Write', 'B', 'Restart the host.', 'Look'])
  })
  test('one of several readings is tried by itself', () => {
    const drafts = [draft([change('A'), last]), draft([change('B'), last], { apart: true })]
    expect(saysOf(drafts)).toEqual(['A', 'Restart the host.', 'B', 'Restart the host.'])
  })
  test('what follows another kernel waits for the start of that one', () => {
    const into = restart('Restart the host into the kernel that was installed.')
    const drafts = [
      draft([change('A'), last]),
      draft([change('K'), into], { changesKernel: true }),
      draft([change('B'), rebuild('r'), last]),
    ]
    const say = into.say
    expect(saysOf(drafts)).toEqual(['A', 'K', say, 'B', 'Rebuild.', 'Restart the host.'])
    expect(inOneGo(drafts).map(({ of }) => of)).toEqual([0, 1, { alone: [], changes: true }, 2])
  })
  test('one restart tells all that is to be seen afterwards', () => {
    const drafts = [
      draft([
        change('A'),
        restart('`x` is out of /etc/default/grub already. Restart the host. Afterwards it shows `a`.'),
      ]),
      draft([change('B'), restart('Restart the host, or unload the module and load it again.')]),
      draft([change('C'), restart('Restart the host. Afterwards it shows `c`.')]),
    ]
    expect(saysOf(drafts).at(-1)).toBe(
      '`x` is out of /etc/default/grub already. Restart the host. Afterwards it shows `a`. Afterwards it shows `c`.',
    )
  })
  test('two names for one command are told once, with both', () => {
    const drafts = [
      draft([change('A'), rebuild('mkinitcpio -P', 'Rebuild the image.'), last]),
      draft([change('B'), rebuild('mkinitcpio -P', 'Carry the change on.'), last]),
    ]
    expect(saysOf(drafts)).toEqual(['A', 'B', 'Rebuild the image. Carry the change on.', 'Restart the host.'])
  })
})

test('no step is lost, and what carries on comes once, behind what it carries', () => {
  const kinds = fc.constantFrom('change', 'words', 'rebuild', 'generate', 'restart')
  const whole = fc.array(fc.array(kinds, { maxLength: 6 }), { maxLength: 6 })
  fc.assert(
    fc.property(whole, (lists) => {
      const drafts = lists.map((list, part) =>
        draft(
          list.map((kind, at): Step => {
            if (kind === 'restart') return restart('Restart the host.')
            if (kind === 'rebuild' || kind === 'generate') return rebuild(kind)
            return kind === 'words' ? step(`${part}.${at}`) : change(`${part}.${at}`)
          }),
        ),
      )
      const before = drafts.flatMap(({ steps }) => steps)
      const after = inOneGo(drafts).flatMap(({ steps }) => steps)
      const plain = (steps: readonly Step[]): readonly string[] =>
        steps.flatMap((one) => (one.carries === true ? [] : [one.say])).toSorted()
      expect(plain(after)).toEqual(plain(before))
      const carrying = after.flatMap((one) => (one.carries === true ? [one.run] : []))
      expect(carrying.toSorted()).toEqual(
        [...new Set(before.flatMap((one) => (one.carries ? [one.run] : [])))].toSorted(),
      )
      if (carrying.includes('sudo reboot')) expect(carrying.at(-1)).toBe('sudo reboot')
      // What was to be taken up by a rebuild or a restart still is.
      const first = after.findIndex((one) => one.carries === true)
      for (const { steps } of drafts) {
        const last = steps.findLastIndex((one) => one.carries === true)
        for (const one of steps.slice(0, Math.max(0, last)))
          if (one.carries !== true) expect(after.findIndex(({ say }) => say === one.say)).toBeLessThan(first)
      }
    }),
  )
})

describe('causes that each want a restart', () => {
  const causes: readonly (readonly Action[])[] = [
    [{ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }],
    [{ do: 'remove-kernel-parameter', parameter: 'video=efifb:off' }],
    [{ do: 'remove-module-option', module: 'vfio_iommu_type1', option: 'allow_unsafe_interrupts' }],
    [{ do: 'add-initramfs-modules', modules: 'vfio_pci' }, { do: 'reboot' }],
    [{ do: 'bind-at-boot', addresses: '0000:04:00.0', ids: '' }],
    [{ do: 'advise', say: 'Have a way in by ssh.', first: true }],
  ]
  test.each(Object.keys(PLATFORMS))('%s', (name) => {
    const on = facts({})
    const parts = together(causes.map((actions) => ({ from: 'cause', actions })))
    const told = parts.map((actions, at) =>
      cause(`c${at}`, { title: `C${at}`, remedy: actions.map((one) => expand(one, PLATFORMS[name]!, on)) }),
    )
    const before = told.flatMap((one) => one.remedy.flatMap(({ steps }) => steps))
    const after = plan(report(), shareCauses(told), false).flatMap(({ steps }) => steps)
    const plain = (steps: readonly Step[]): readonly string[] =>
      [...new Set(steps.flatMap((one) => (one.carries === true ? [] : [`${one.say}\n${one.run}`])))].toSorted()
    expect(plain(after)).toEqual(plain(before))
    const carrying = after.filter((one) => one.carries === true)
    expect(new Set(carrying.map(({ run, say }) => run ?? say)).size).toBe(carrying.length)
    const restarts = carrying.filter(({ effect }) => effect === 'reboot')
    expect(restarts.length).toBeLessThan(2)
    // Nothing is typed on Talos, and Xen needs no restart for its way of handing over.
    if (restarts.length > 0 && name !== 'talos' && name !== 'xen') expect(after.at(-1)).toBe(restarts[0])
    const typed = after.findIndex(({ run }) => run !== undefined)
    const care = after.findIndex(({ first }) => first === true)
    if (typed >= 0) expect(care).toBeLessThan(typed)
  })
})
