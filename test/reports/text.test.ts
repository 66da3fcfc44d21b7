import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RenderOptions } from '../../reports/renderer.ts'
import { renderText } from '../../reports/text.ts'
import { displayWidth } from '../../reports/width.ts'
import { cleanBlock } from '../../reports/clean.ts'
import type { Remedy } from '../../src/model/remedy.ts'
import type { Report } from '../../src/model/report.ts'
import { hostileTexts, poison } from './support/hostile.ts'
import {
  ALL,
  blankReport,
  blockedReport,
  bridgeReport,
  cause,
  device,
  passed,
  report,
  step,
} from './support/reports.ts'

const PLAIN: RenderOptions = { width: 80, color: false, unicode: true, verbose: false, quiet: false }

/** The same of a machine that can be read again. */
function captured(given: Report): Report {
  return { ...given, taken: { ...given.taken, source: 'capture' } }
}

/** Lines that are to be pasted: they alone may be longer than the page. */
function commands(given: Report): readonly string[] {
  const remedies: readonly Remedy[] = [
    ...given.causes.flatMap((one) => one.remedy),
    ...given.devices.flatMap((one) => one.steps),
    ...given.checks.flatMap((one) => one.missing.flatMap((missing) => missing.settle)),
    ...given.ask,
  ]
  return remedies
    .flatMap((one) => one.steps)
    .flatMap((one) => [one.run, one.edit?.text, one.undo].filter((text) => text !== undefined))
    .flatMap((one) => cleanBlock(one).split('\n'))
}

const variants: readonly RenderOptions[] = [true, false].flatMap((unicode) =>
  [40, 69, 80, 100].flatMap((width) => [true, false].map((verbose) => ({ ...PLAIN, unicode, width, verbose }))),
)

describe.each(Object.entries(ALL))('the %s report', (_, make) => {
  test.each(variants)('fits $width columns (unicode $unicode, verbose $verbose)', (options) => {
    const free = commands(make())
    const text = renderText(make(), options)
    for (const line of text.split('\n')) {
      expect(line).toBe(line.trimEnd())
      if (!free.some((one) => one !== '' && line.endsWith(one)))
        expect(displayWidth(line)).toBeLessThanOrEqual(options.width)
    }
    expect(text).toMatch(/[^\n]\n$/)
    expect(text).not.toContain('\n\n\n')
  })

  test('says the headline within 24 lines, and on the first screen of the quiet form too', () => {
    const [words = ''] = make().headline.split(' ').slice(1)
    for (const quiet of [true, false]) {
      expect(
        renderText(make(), { ...PLAIN, quiet })
          .split('\n')
          .slice(0, 24)
          .join('\n'),
      ).toContain(words)
    }
  })

  test('without colour it holds no escape, and colour changes nothing else', () => {
    const plain = renderText(make(), PLAIN)
    const colored = renderText(make(), { ...PLAIN, color: true })
    expect(plain).not.toContain('\u001b')
    // eslint-disable-next-line no-control-regex -- the colour sequences are what is taken out
    expect(colored.replace(/\u001b\[[0-9;]*m/g, '')).toBe(plain)
    expect(colored).toContain('\u001b[')
  })

  test('without unicode it is ASCII', () => {
    // eslint-disable-next-line no-control-regex -- ASCII
    expect(renderText(make(), { ...PLAIN, unicode: false, verbose: true })).toMatch(/^[\x00-\x7f]*$/)
  })

  test('every command stands on a line of its own, unaltered', () => {
    const lines = renderText(make(), { ...PLAIN, verbose: true, width: 40 }).split('\n')
    for (const step of make().causes.flatMap((one) => one.remedy.flatMap((remedy) => remedy.steps))) {
      for (const command of step.run?.split('\n') ?? []) expect(lines.map((one) => one.trim())).toContain(command)
    }
  })
})

describe('the opening case', () => {
  const text = renderText(bridgeReport(), PLAIN)

  test('fits a screen up to and with what to type', () => {
    const screen = text.split('\n').slice(0, 24).join('\n')
    expect(screen).toContain('✔ 04:00.0 Multimedia audio controller [104c:a106] can be passed through now')
    expect(screen).toContain('echo 104c 8240 | sudo tee /sys/bus/pci/drivers/vfio-pci/remove_id')
  })

  test('shows the code at the right edge', () => {
    const line = text.split('\n').find((one) => one.includes('Leave the bridge 03:00.0 alone'))
    expect(line).toMatch(/ bridge-cannot-bind$/)
    expect(line).toHaveLength(80)
  })

  test('shortens addresses in sentences, never in evidence, paths and commands', () => {
    expect(text).toContain('Leave the bridge 03:00.0 alone')
    expect(text).toContain('probe of 0000:03:00.0 failed')
    expect(text).toContain('/sys/bus/pci/devices/0000:03:00.0/class')
    expect(text).toContain('host=0000:04:00.0')
  })

  test('lists the device asked for and its group mate, the rest in a line', () => {
    expect(text).toMatch(/04:00\.0 .* vfio-pci +28 +ready\n/)
    expect(text).toMatch(/03:00\.0 .* - +28 +not assignable \(a bridge\)\n/)
    expect(text).not.toContain('00:1c.0')
    expect(text).toContain('1 more: 1 bridge. --verbose lists them.')
  })
})

describe('a blocked machine', () => {
  const text = renderText(blockedReport(), PLAIN)

  test('answers first, then causes as ranked, then what to do, then devices, then checks', () => {
    const order = [
      'Passthrough will not work yet',
      'Turn the IOMMU on with',
      'Free the rest of group 1',
      'Give the guest a clean copy',
      'What to do about iommu-off-kernel',
      'What to do about group-not-viable',
      'Device   What',
      'Group 1    not viable',
      '5 checks: 1 fail, 1 warning, 1 pass, 1 does not apply, 1 broke down.',
    ].map((one) => text.indexOf(one))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  test('says how sure it is, what a step costs and how to undo it', () => {
    expect(text).toMatch(/Likely: Free the rest of group 1 .*group-not-viable/)
    expect(text).toContain('Possibly: Give the guest a clean copy')
    for (const words of ['(reboot)', '(the display may go dark)', '(the network may drop)', '(a disk may go away)'])
      expect(text).toContain(words)
    expect(text).toContain('undo: sudo driverctl unset-override 0000:01:00.1')
  })

  test('does not call a step free of a reboot whose remedy ends in one', () => {
    expect(text).not.toMatch(/Write the boot menu anew.*no reboot/)
  })

  test('joins findings that differ in their device alone', () => {
    expect(text).toContain('01:00.0 is on its host driver (also 01:00.1)')
  })

  test('a row says what stands in the way of that device, not what is said of the whole host above', () => {
    expect(text).toMatch(/01:00\.0 .* blocked: group-not-viable\n/)
  })

  test('a check that broke down is told in every case', () => {
    expect(text).toContain('The check broken broke down, which is a fault of vfio-doctor')
  })
})

describe('what could not be told', () => {
  test('neither passes nor fails', () => {
    const text = renderText(blankReport(), { ...PLAIN, verbose: true })
    expect(text).not.toMatch(/✔|✖|\bpass\b|\bfail\b/)
    expect(text).toContain('7 checks: 7 could not tell')
    expect(text).toContain('that proves nothing')
  })

  test('is said once for each reason, with what would settle it', () => {
    const text = renderText(captured(blankReport()), PLAIN)
    expect(text).toContain('the kernel log and the CPU: no answer in time (missed by 1 check)')
    expect(text).toContain('sudo vfio-doctor')
  })

  test('of a post is counted, but for what may explain what was found', () => {
    const blank = blankReport()
    expect(renderText(blank, PLAIN)).toContain('7 checks could not be completed with what the text shows')
    expect(renderText(blank, PLAIN)).not.toContain('the CPU')
    expect(renderText(blank, { ...PLAIN, verbose: true })).toContain('the kernel log and the CPU: no answer in time')
    const checks = blank.checks.map((one, at) => (at === 3 ? { ...one, mightExplain: ['probe-einval@host'] } : one))
    const text = renderText({ ...blank, checks }, PLAIN)
    expect(text).toContain('the kernel log and the CPU: no answer in time (missed by 1 check)')
    expect(text).toContain('6 other checks could not be completed')
  })

  test('is not asked for again where a step above shows it', () => {
    const [first] = blockedReport().causes
    const log = { action: 'show' as const, steps: [step('Show the log.', { run: 'sudo dmesg' })] }
    const causes = first === undefined ? [] : [{ ...first, remedy: [log] }]
    const text = renderText({ ...captured(blankReport()), causes, ask: [log] }, PLAIN)
    expect(text.split('sudo dmesg')).toHaveLength(2)
    expect(text).not.toContain('What would settle it')
  })

  test('no finding with gaps is not called clean', () => {
    const [gap] = blankReport().checks
    const text = renderText(report({ checks: [passed('a'), ...(gap === undefined ? [] : [gap])] }), PLAIN)
    expect(text).toContain('Nothing was found that stands in the way, as far as could be told.')
  })

  test('an unknown driver is not "none"', () => {
    const { driver: _driver, ...unknown } = device('0000:05:00.0', { asked: true, verdict: 'cannot-tell' })
    const none = device('0000:06:00.0', { asked: true, driver: null })
    const text = renderText(report({ devices: [unknown, none] }), PLAIN)
    expect(text).toMatch(/05:00\.0 .* \? +14 /)
    expect(text).toMatch(/06:00\.0 .* - +14 /)
  })
})

test('quiet is the headline and the titles', () => {
  expect(renderText(bridgeReport(), { ...PLAIN, quiet: true })).toBe(
    '  ✔ 04:00.0 Multimedia audio controller [104c:a106] can be passed through now\n' +
      '  ● Leave the bridge 03:00.0 alone                            bridge-cannot-bind\n',
  )
})

test('each of several devices asked for gets its answer at the top', () => {
  const devices = [
    device('0000:01:00.0', { asked: true, verdict: 'ready' }),
    device('0000:01:00.1', { asked: true, verdict: 'blocked' }),
  ]
  const text = renderText(report({ devices }), PLAIN)
  expect(text).toContain('✔ 01:00.0 Ethernet controller: ready')
  expect(text).toContain('✖ 01:00.1 Ethernet controller: blocked')
})

test('forty functions that nobody named do not fill the screen', () => {
  const devices = Array.from({ length: 40 }, (_, at) =>
    device(`0000:00:${at.toString(16).padStart(2, '0')}.0`, { group: at, verdict: 'in-use-by-host' }),
  )
  const text = renderText(report({ devices }), PLAIN)
  expect(text.split('\n').length).toBeLessThan(24)
  expect(text).toContain('40 PCI functions: 40 in use by the host. --verbose lists them.')
})

test('a step that two causes need is told once', () => {
  const remedy: readonly Remedy[] = [{ action: 'reboot', steps: [step('Restart', { run: 'sudo reboot' })] }]
  const text = renderText(report({ causes: [cause('a', { remedy }), cause('b', { remedy, title: 'B' })] }), PLAIN)
  expect(text.split('sudo reboot')).toHaveLength(2)
})

test('a wide or decomposed name does not shift the table', () => {
  const devices = [
    device('0000:01:00.0', { asked: true, name: '画面装置' }),
    device('0000:01:00.1', { asked: true, name: 'plain name' }),
  ]
  const rows = renderText(report({ devices }), PLAIN)
    .split('\n')
    .filter((line) => line.includes(' igb '))
  expect(new Set(rows.map((line) => line.indexOf(' igb '))).size).toBe(1)
})

test('hostile strings neither act, nor hide, nor break the page', () => {
  fc.assert(
    fc.property(hostileTexts, fc.constantFrom(...variants), (texts, options) => {
      const given = poison(blockedReport(), texts)
      const free = commands(given)
      const text = renderText(given, options)
      for (const line of text.split('\n')) {
        expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        if (!free.some((one) => one.trim() !== '' && line.endsWith(one.trimEnd())))
          expect(displayWidth(line)).toBeLessThanOrEqual(options.width)
      }
      expect(renderText(given, options)).toBe(text)
    }),
    { numRuns: 40 },
  )
})
