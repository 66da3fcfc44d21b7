import { describe, expect, test } from 'vitest'
import { renderCodes, renderExplain, type ExplainPage } from '../../reports/explain.ts'
import type { RenderOptions } from '../../reports/renderer.ts'
import { step } from './support/reports.ts'

const OPTIONS: RenderOptions = { width: 80, color: false, unicode: true, verbose: false, quiet: false }

const PAGE: ExplainPage = {
  code: 'bridge-given-to-guest',
  check: 'bridge-presence',
  area: 'isolation',
  problem: {
    severity: 'fail',
    family: 'bridge-in-group',
    title: 'Take the bridge {bridge} out of the guest {guestName}',
    summary: 'vfio-pci drives endpoints only. Give the guest what lies behind the bridge: {endpoints}.',
    proof: 'A guest definition that names a function whose header type is 1 or 2.',
    ruledOut: 'Header type 0 of that function.',
    remedy: [],
    explains: ['probe-einval', 'guest-start-failed'],
    sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device'],
    blocks: 'machine',
  },
  remedy: [{ action: 'remove-dynamic-id', steps: [step('Take the id back', { run: 'echo 1 2 | sudo tee /x' })] }],
}

describe('the text', () => {
  const text = renderExplain(PAGE, 'text', OPTIONS)

  test('says all that is known of the code', () => {
    for (const words of [
      'bridge-given-to-guest   fail',
      'Take the bridge <bridge> out of the guest <guest name>',
      'How it is known       A guest definition that names',
      'Ruled out by          Header type 0',
      'running a guest, or one way of doing it',
      'probe-einval, guest-start-failed',
      'bridge-in-group',
      'the check bridge-presence (isolation)',
      '1  Take the id back',
      '         echo 1 2 | sudo tee /x\n',
      '    drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device\n',
    ])
      expect(text).toContain(words)
  })
  test.each([40, 80])('fits %i columns', (width) => {
    for (const line of renderExplain(PAGE, 'text', { ...OPTIONS, width }).split('\n')) {
      expect(line).toBe(line.trimEnd())
      expect(line.length).toBeLessThanOrEqual(width)
    }
  })
})

test('the Markdown has the same words, escaped', () => {
  const text = renderExplain(PAGE, 'markdown', OPTIONS)
  expect(text).toContain('## `bridge-given-to-guest` (fail)')
  expect(text).toContain('Take the bridge \\<bridge\\> out of the guest \\<guest name\\>')
  expect(text).toContain('\n\n    echo 1 2 | sudo tee /x\n')
})

test('the JSON has the problem and the steps for any machine', () => {
  const parsed = JSON.parse(renderExplain(PAGE, 'json', OPTIONS))
  expect(parsed).toMatchObject({
    schema: 'vfio-doctor/explain@1',
    code: PAGE.code,
    severity: 'fail',
    remedy: PAGE.remedy,
  })
})

describe('the list of codes', () => {
  const codes = [
    { code: 'a-code', title: 'Something about {address}', check: 'a-check' },
    { code: 'another-code', title: 'Else', check: 'a-check' },
  ]
  test('as text', () => {
    expect(renderCodes(codes, 'text', OPTIONS)).toBe('a-code        Something about <address>\nanother-code  Else\n')
  })
  test('as Markdown', () => {
    expect(renderCodes(codes, 'markdown', OPTIONS)).toContain(
      '| `a-code` | Something about \\<address\\> | `a-check` |',
    )
  })
  test('as JSON', () => {
    expect(JSON.parse(renderCodes(codes, 'json', OPTIONS))).toEqual({ schema: 'vfio-doctor/codes@1', codes })
  })
})
