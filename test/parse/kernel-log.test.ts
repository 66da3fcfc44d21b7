import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKernelLog, parseLogLine, readKernelLog } from '../../src/parse/kernel-log.ts'
import { undress } from '../../src/parse/log-dress.ts'

const MESSAGE = 'vfio-pci: probe of 0000:03:00.0 failed with error -22'

describe('every dress gives the same message', () => {
  test.each([
    ['dmesg', `[  214.159625] ${MESSAGE}`, 214.159625, null, null],
    ['dmesg -r', `<4>[  214.159625] ${MESSAGE}`, 214.159625, null, 4],
    ['dmesg -r, facility daemon', `<28>[  214.159625] ${MESSAGE}`, 214.159625, null, 4],
    ['dmesg -r without times', `<4>${MESSAGE}`, null, null, 4],
    ['dmesg -x', `kern  :warn  : [  214.159625] ${MESSAGE}`, 214.159625, null, 4],
    ['dmesg -x, long name', `kern  :notice: [  214.159625] ${MESSAGE}`, 214.159625, null, 5],
    ['dmesg -T', `[Mon Feb 23 19:46:46 2026] ${MESSAGE}`, null, 'Mon Feb 23 19:46:46 2026', null],
    ['dmesg -T, another locale', `[lun. févr. 23 19:46:46 2026] ${MESSAGE}`, null, 'lun. févr. 23 19:46:46 2026', null],
    ['dmesg -e', `[Feb26 10:50] ${MESSAGE}`, null, 'Feb26 10:50', null],
    ['dmesg -e, step', `[  +0.000012] ${MESSAGE}`, null, null, null],
    ['dmesg -d', `[  214.159625 <    0.000012>] ${MESSAGE}`, 214.159625, null, null],
    [
      'dmesg --time-format iso',
      `2026-02-23T19:46:46,123456+01:00 ${MESSAGE}`,
      null,
      '2026-02-23T19:46:46,123456+01:00',
      null,
    ],
    ['printk caller', `[  214.159625][  T123] ${MESSAGE}`, 214.159625, null, null],
    ['printk caller, cpu', `[  214.159625] [    C2] ${MESSAGE}`, 214.159625, null, null],
    ['journal, short-monotonic', `[  214.159625] node1 kernel: ${MESSAGE}`, 214.159625, null, null],
    ['journal, short-monotonic, no host', `[  214.159625] kernel: ${MESSAGE}`, 214.159625, null, null],
    ['journal, short', `Feb 23 19:46:46 node1 kernel: ${MESSAGE}`, null, 'Feb 23 19:46:46', null],
    ['journal, short-precise', `Feb  3 19:46:46.123456 node1 kernel: ${MESSAGE}`, null, 'Feb  3 19:46:46.123456', null],
    ['journal, short-iso', `2026-02-23T19:46:46+0100 node1 kernel: ${MESSAGE}`, null, '2026-02-23T19:46:46+0100', null],
    [
      'journal, short-full',
      `Mon 2026-02-23 19:46:46 CET node1 kernel: ${MESSAGE}`,
      null,
      'Mon 2026-02-23 19:46:46 CET',
      null,
    ],
    ['journal, short-unix', `1771872406.123456 node1 kernel: ${MESSAGE}`, null, '1771872406.123456', null],
    ['syslog', `Feb 23 19:46:46 node1 kernel: [  214.159625] ${MESSAGE}`, 214.159625, 'Feb 23 19:46:46', null],
    ['syslog, no host', `Feb 23 19:46:46 kernel: [  214.159625] ${MESSAGE}`, 214.159625, 'Feb 23 19:46:46', null],
    ['syslog, no date', `node1 kernel: [  214.159625] ${MESSAGE}`, 214.159625, null, null],
    ['syslog, neither date nor host', `kernel: [  214.159625] ${MESSAGE}`, 214.159625, null, null],
    [
      'busybox syslog',
      `Feb 23 19:46:46 pve kern.warn kernel: [  214.159625] ${MESSAGE}`,
      214.159625,
      'Feb 23 19:46:46',
      null,
    ],
    [
      'rsyslog, ISO',
      `2026-02-23T19:46:46.123456+01:00 node1 kernel: [  214.159625] ${MESSAGE}`,
      214.159625,
      '2026-02-23T19:46:46.123456+01:00',
      null,
    ],
    ['lower-case month', `aug 03 08:04:17 node2 kernel: ${MESSAGE}`, null, 'aug 03 08:04:17', null],
  ])('%s', (_, line, time, wall, level) => {
    expect(parseLogLine(line, 7)).toEqual({ text: MESSAGE, time, wall, level, line: 7 })
    expect(parseKernelLog(line)).toEqual([{ text: MESSAGE, time, wall, level, line: 1 }])
  })
})

test.each([
  ['bare text', MESSAGE],
  ['a bracket that is no time', '[sudo] password for user:'],
  ['a tag of the kernel', '[Firmware Bug]: TSC is odd'],
  ['an address in brackets', '[104c:8240]'],
  ['a clock without a writer', 'Feb 23 19:46:46 2026'],
  ['an empty line', ''],
])('not a log line: %s', (_, line) => {
  expect(parseLogLine(line)).toBeNull()
})

test('a line of another program is told by its name and is no kernel line', () => {
  const line = 'Oct 16 12:21:33 pve QEMU[1234]: kvm: vfio 0000:01:00.0: failed to open /dev/vfio/1'
  expect(undress(line)).toEqual({
    text: 'kvm: vfio 0000:01:00.0: failed to open /dev/vfio/1',
    time: null,
    wall: 'Oct 16 12:21:33',
    level: null,
    program: 'QEMU',
  })
  expect(parseLogLine(line)).toBeNull()
  expect(parseKernelLog(line)).toEqual([])
})

test('a date in brackets makes a kernel line only where it says so', () => {
  const line = `[2026/01/31 07:08:09 UTC] kernel: ${MESSAGE}`
  expect(parseLogLine(line)).toMatchObject({ text: MESSAGE, wall: '2026/01/31 07:08:09 UTC', time: null })
  expect(parseLogLine('[2026-01-31 07:08:09.123456] app.c: 371: started')).toBeNull()
})

test('a record of auditd is the word of the kernel', () => {
  const record = 'avc:  denied  { read } for  pid=1 comm="a"'
  expect(parseLogLine(`type=AVC msg=audit(1700000000.123:45): ${record}`)).toMatchObject({
    text: record,
    wall: '1700000000.123',
  })
  expect(parseLogLine('type=AVC msg=audit')).toBeNull()
})

test('control characters, colours and direction marks are removed, a tab is a blank', () => {
  const line = '\u001b[32m[    1.000000] \u001b[0m\u001b]0;title\u0007a\tb\u0000\u009b31mc\u202ed\r'
  expect(parseLogLine(line)?.text).toBe('a bcd')
})

test('a very long line is cut, without half a character', () => {
  const text = parseLogLine(`[    1.000000] ${'x'.repeat(4080)}\u{1f600}${'y'.repeat(1_000_000)}`)?.text ?? ''
  expect(text).toBe('x'.repeat(4080))
})

describe('the start of the boot', () => {
  const banner = '[    0.000000] Linux version 6.8.0 (build@host) #1 SMP\n'
  test.each([
    ['banner first', `${banner}[    0.100000] a\n`, true],
    ['early microcode before it', `[    0.000000] microcode: updated early\n${banner}`, true],
    ['without times', 'Linux version 6.8.0 (build@host)\nCommand line: quiet\n', true],
    ['ring buffer wrapped', '[  812.000000] DMAR: fault\n[  813.000000] DMAR: fault\n', false],
    ['early time, yet no banner', '[    0.246258] DMAR: IOMMU enabled\n', false],
    ['empty', '', false],
  ])('%s', (_, text, fromBoot) => {
    expect(readKernelLog(text).fromBoot).toBe(fromBoot)
  })

  test('a text that was cut proves nothing', () => {
    expect(readKernelLog(banner, {}, true).fromBoot).toBe(false)
  })

  test('the middle of a flood is dropped, and then nothing is proved', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `[   10.000000] line ${i}`)
    const log = readKernelLog(banner + lines.join('\n'), { keep: 5 })
    expect(log.lines.map((one) => one.line)).toEqual([1, 2, 3, 4, 5, 97, 98, 99, 100, 101])
    expect(log.fromBoot).toBe(false)
    expect(readKernelLog(banner + lines.slice(0, 9).join('\n'), { keep: 5 }).fromBoot).toBe(true)
  })

  test('of several boots in a file the last counts', () => {
    const two = `${banner}[    9.000000] old\nFeb 23 19:46:46 h kernel: [    0.000000] Linux version 6.9.0\n[    1.000000] new\n`
    expect(readKernelLog(two, { lastBoot: true }).lines.map((one) => one.text)).toEqual(['Linux version 6.9.0', 'new'])
  })
})

test('what journalctl says of itself is no kernel line', () => {
  expect(parseKernelLog('-- Journal begins at Mon 2026-02-23 --\n-- No entries --\n[    1.000000] a')).toHaveLength(1)
})

test('a line without a dress is kept or dropped as asked', () => {
  const text = '[    1.000000] first\n  second\n'
  expect(parseKernelLog(text).map((one) => one.text)).toEqual(['first', 'second'])
  expect(parseKernelLog(text, { undressed: 'drop' }).map((one) => one.text)).toEqual(['first'])
})

test('never throws, and passes on no control character', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '[',
      ']',
      '<6>',
      ' ',
      '\n',
      '    0.000000',
      'kernel: ',
      'Feb 23 19:46:46',
      '\u001b[',
      'kern  :info  : ',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const line of parseKernelLog(pieces.join(''))) {
        // eslint-disable-next-line no-control-regex -- control characters are what it looks for
        expect(line.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        expect(line.text).not.toBe('')
      }
    }),
  )
})

test('a dress put on comes off again', () => {
  const time = fc.integer({ min: 0, max: 10 ** 12 }).map((micro) => micro / 1e6)
  const word = fc.stringMatching(/^[a-z][a-z0-9 :.-]{0,30}[a-z]$/)
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 7 }), word, (seconds, level, text) => {
      fc.pre(!text.includes('kernel: '))
      const stamp = seconds.toFixed(6).padStart(12)
      expect(parseLogLine(`<${level}>[${stamp}] ${text}`)).toEqual({ text, time: seconds, wall: null, level, line: 1 })
    }),
  )
})

test('the quick look at a line of dmesg -r finds what the closer one finds without its level', () => {
  const part = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      '[',
      '] ',
      ' ',
      '  ',
      'kernel: ',
      'host kernel: ',
      '[ T12] ',
      '[   C0]',
      '<6>',
      'message',
      '12.345678',
    ),
  )
  const seconds = fc.constantFrom('    1.234567', '123456.000001', '1.2', '1.234567 <    0.000001>', 'Feb 23 19:46')
  fc.assert(
    fc.property(seconds, fc.constantFrom('', ' '), fc.array(part, { maxLength: 6 }), (stamp, blank, parts) => {
      const line = `[${stamp}]${blank}${parts.join('')}`
      const plain = undress(line)
      fc.pre(plain !== null && !line.includes('\n'))
      expect(undress(`<28>${line}`)).toEqual({ ...plain, level: 4 })
    }),
  )
})

test('hostile lines take linear time', () => {
  const started = performance.now()
  for (const unit of [' ', '[', '<', 'a.', 'Feb 1 ', ':', '\u001b[', '0', '\u001b]']) {
    parseKernelLog(`${unit.repeat(200_000)}\n`.repeat(3))
    parseKernelLog(`Feb 23 19:46:46 ${unit.repeat(2000)}\n`.repeat(300))
    parseKernelLog(`[${unit.repeat(2000)}\n`.repeat(300))
  }
  expect(performance.now() - started).toBeLessThan(5000)
})
