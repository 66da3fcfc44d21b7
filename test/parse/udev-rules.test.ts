import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseUdevRules } from '../../src/parse/udev-rules.ts'

const PATH = '/etc/udev/rules.d/90-vfio.rules'
const parse = (text: string) => parseUdevRules([{ path: PATH, text }])
const OVERRIDE = 'ATTR{driver_override}="vfio-pci"'
const RUN = `RUN+="/bin/sh -c 'echo vfio-pci > /sys$devpath/driver_override'"`

describe('parseUdevRules', () => {
  test('where it stands, and the rule', () => {
    const text = `# mine\n\nSUBSYSTEM=="pci", KERNEL=="0000:02:00.0", \\\n  ${OVERRIDE}\n`
    expect(parse(text)).toEqual([
      {
        path: PATH,
        line: 3,
        text: `SUBSYSTEM=="pci", KERNEL=="0000:02:00.0",   ${OVERRIDE}`,
        address: '0000:02:00.0',
        sure: true,
      },
    ])
  })

  test.each<[string, string]>([
    ['the attribute', `KERNEL=="0000:02:00.0", ${OVERRIDE}`],
    ['when it appears', `ACTION=="add|change", SUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ${OVERRIDE}`],
    ['not when it goes', `ACTION!="remove", SUBSYSTEMS=="pci", KERNELS=="0000:02:00.0", ${OVERRIDE}`],
    ['by the name of its slot', `ACTION=="add", ENV{PCI_SLOT_NAME}=="0000:02:00.0", ${OVERRIDE}`],
    ['a program with the path of the device', `SUBSYSTEM=="pci", KERNELS=="0000:02:00.0", ${RUN}`],
    [
      'a program with the name of the device',
      `KERNEL=="0000:02:00.0", RUN+="/bin/sh -c 'echo %k > /sys/bus/pci/drivers/vfio-pci/bind'"`,
    ],
    [
      'a program with the address in it',
      `SUBSYSTEM=="pci", RUN+="/bin/sh -c 'echo 0000:02:00.0 > %S/bus/pci/drivers/vfio-pci/bind'"`,
    ],
    ['driverctl', `KERNEL=="0000:02:00.0", RUN+="/usr/sbin/driverctl --nosave set-override $kernel vfio-pci"`],
    ['in any case', `KERNEL==i"0000:02:00.0", ${OVERRIDE}`],
    [
      'behind a jump that leads past it for other devices',
      `SUBSYSTEM!="pci", GOTO="end"\nKERNEL=="0000:02:00.0", ${OVERRIDE}\nLABEL="end"`,
    ],
    ['behind the end of another jump', `ENV{X}=="1", GOTO="a"\nLABEL="a"\nKERNEL=="0000:02:00.0", ${OVERRIDE}`],
    [
      'as this program writes it',
      `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ${OVERRIDE}, RUN{builtin}+="kmod load vfio-pci", RUN+="/bin/sh -c 'test ! -e /sys/bus/pci/devices/0000:02:00.0/driver || echo 0000:02:00.0 > /sys/bus/pci/devices/0000:02:00.0/driver/unbind; echo 0000:02:00.0 > /sys/bus/pci/drivers_probe'"`,
    ],
  ])('%s', (_, text) => {
    expect(parse(text)).toMatchObject([{ address: '0000:02:00.0', sure: true }])
    expect(parse(text)).toHaveLength(1)
  })

  test('several functions, and the device that it must be', () => {
    const text = `KERNEL=="0000:02:00.0|0000:02:00.1", ATTR{vendor}=="0x10de", ATTR{device}=="0x1b80", ${OVERRIDE}`
    expect(parse(text)).toMatchObject([
      { address: '0000:02:00.0', sure: true, vendor: '10de', device: '1b80' },
      { address: '0000:02:00.1', sure: true },
    ])
  })

  test.each<[string, string]>([
    ['another attribute', `KERNEL=="0000:02:00.0", ATTR{class}=="0x030000", ${OVERRIDE}`],
    ['a part of an id', `KERNEL=="0000:02:00.0", ATTR{vendor}=="0x10*", ${OVERRIDE}`],
    ['a program that is asked', `KERNEL=="0000:02:00.0", PROGRAM="/usr/bin/is-mine", ${OVERRIDE}`],
    ['a word of the command line', `KERNEL=="0000:02:00.0", IMPORT{cmdline}="vfio", ${OVERRIDE}`],
    ['later alone', `ACTION=="change", KERNEL=="0000:02:00.0", ${OVERRIDE}`],
    ['a jump that may be taken', `ENV{X}=="1", GOTO="end"\nKERNEL=="0000:02:00.0", ${OVERRIDE}\nLABEL="end"`],
    ['a program of its own', `KERNEL=="0000:02:00.0", RUN+="/usr/local/bin/vfio-bind %k"`],
    [
      'for other functions',
      `KERNEL=="0000:03:00.0", RUN+="/bin/sh -c 'echo 0000:02:00.0 > /sys/bus/pci/drivers/vfio-pci/bind'"`,
    ],
    [
      'a condition in the command',
      `KERNEL=="0000:02:00.0", RUN+="/bin/sh -c 'grep -q x /y && echo vfio-pci > /sys%p/driver_override'"`,
    ],
  ])('not surely: %s', (_, text) => {
    expect(parse(text)).toMatchObject([{ address: '0000:02:00.0', sure: false }])
  })

  test.each<[string, string]>([
    ['a comment', `# KERNEL=="0000:02:00.0", ${OVERRIDE}`],
    ['another driver', `KERNEL=="0000:02:00.0", ATTR{driver_override}="nvme"`],
    ['a question', `KERNEL=="0000:02:00.0", ATTR{driver_override}=="vfio-pci", RUN+="/bin/true"`],
    ['another bus', `SUBSYSTEM=="net", KERNELS=="0000:02:00.0", ${RUN}`],
    ['when it goes', `ACTION=="remove", KERNEL=="0000:02:00.0", ${OVERRIDE}`],
    ['a pattern', `KERNEL=="0000:02:00.*", ${OVERRIDE}`],
    ['in capitals, as the kernel names none', `KERNEL=="0000:0A:00.0", ${OVERRIDE}`],
    ['by id alone', `SUBSYSTEM=="pci", ATTR{vendor}=="0x10de", ${OVERRIDE}`],
    ['not well formed', `KERNEL=="0000:02:00.0" ; ${OVERRIDE}`],
    [
      'a program without a shell',
      `KERNEL=="0000:02:00.0", RUN+="/bin/echo vfio-pci > /sys/bus/pci/devices/0000:02:00.0/driver_override"`,
    ],
    [
      'taken back by a later rule',
      `KERNEL=="0000:02:00.0", ${OVERRIDE}\nKERNEL=="0000:02:00.0", ATTR{driver_override}=""`,
    ],
    ['nodes of VFIO', 'SUBSYSTEM=="vfio", OWNER="root", GROUP="kvm"'],
  ])('none: %s', (_, text) => {
    expect(parse(text)).toEqual([])
  })

  test('of several rules the last that is sure stands', () => {
    const rule = `KERNEL=="0000:02:00.0", ${OVERRIDE}`
    expect(parse(`${rule}\n${rule}\nENV{X}=="1", ${rule}`)).toMatchObject([{ line: 2, sure: true }])
  })

  test('never throws, names only what stands there, and stays within bounds', () => {
    const unit = fc.constantFrom(
      'KERNEL',
      'ATTR{driver_override}',
      'RUN',
      'GOTO',
      'LABEL',
      'ACTION',
      '==',
      '=',
      '+=',
      '!=',
      '"',
      '0000:02:00.0',

      '"vfio-pci"',
      ', ',
      '\\',
      '\n',
      '#',
      'i"',
      '|',
      '%k',
      '$devpath',
      "/bin/sh -c '",
      'echo ',
      ' > /sys/bus/pci/',
      "'",
      'KERNEL=="0000:02:00.0", ',
      'ATTR{driver_override}="vfio-pci"',
      '\u0000',
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (parts) => {
        const text = parts.join('')
        for (const one of parse(text)) {
          expect(text).toContain(one.address)
          expect(one.line).toBeGreaterThan(0)
          expect(one.line).toBeLessThanOrEqual(text.split('\n').length)
          expect(one.text.length).toBeLessThanOrEqual(400)
        }
      }),
    )
    const many = Array.from(
      { length: 2048 },
      (_, n) => `KERNEL=="0000:${(n & 255).toString(16).padStart(2, '0')}:00.${n >> 8}", ${OVERRIDE}`,
    )
    expect(parse(many.join('\n'))).toHaveLength(256)
  })

  test.each([
    '"',
    '\\\n',
    'A',
    'KERNEL=="',
    'KERNEL=="0000:02:00.0"',
    ' , ',
    'GOTO="a"\n',
    'RUN+="/bin/sh -c \'%k\'", ',
  ])('takes a second at most for a file full of %j', (part) => {
    const from = performance.now()
    parse(part.repeat(65_536 / part.length))
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
