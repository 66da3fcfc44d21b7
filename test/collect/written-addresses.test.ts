import { expect, test } from 'vitest'
import { collectModprobe } from '../../src/collect/modprobe.ts'
import { collectInstallAddresses, collectInstallGaps, collectUdevRules } from '../../src/collect/written-addresses.ts'
import { memoryHost, type Entry } from '../support/memory-host.ts'

const CONF = '/etc/modprobe.d/vfio.conf'
const SCRIPT = '/usr/local/bin/vfio.sh'
const TEXT = '#!/bin/sh\necho vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override\n'
const LINE = `install vfio-pci ${SCRIPT}\n`
const executable = (text: string, more: object = {}): Entry => ({
  stat: { mode: 0o755, size: text.length, ...more },
  text,
})

test.each<[string, Record<string, Entry>, object]>([
  [
    'a script that the line names',
    { [CONF]: LINE, [SCRIPT]: executable(TEXT) },
    {
      state: 'known',
      value: [
        {
          path: SCRIPT,
          line: 2,
          text: 'echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override',
          address: '0000:03:00.0',
          sure: true,
        },
      ],
    },
  ],
  ['a script that no line names', { [CONF]: 'options vfio-pci ids=1:2\n', [SCRIPT]: executable(TEXT) }, { value: [] }],
  [
    'a script that a later line names',
    { [CONF]: `install vfio-pci /bin/true\n${LINE}`, [SCRIPT]: executable(TEXT) },
    { value: [] },
  ],
  ['a script that may not be executed', { [CONF]: LINE, [SCRIPT]: TEXT }, { value: [] }],
  [
    'a script that a shell reads',
    { [CONF]: `install vfio-pci /bin/sh ${SCRIPT}\n`, [SCRIPT]: TEXT },
    { value: [{ path: SCRIPT, address: '0000:03:00.0' }] },
  ],
  [
    'a script that is run where a condition holds',
    { [CONF]: `install vfio-pci grep -q x /y && ${SCRIPT}\n`, [SCRIPT]: executable(TEXT) },
    { value: [{ path: SCRIPT, sure: false }] },
  ],
  [
    'a script of a line for a pattern',
    { [CONF]: `install vfio* ${SCRIPT}\ninstall vfio-pci /bin/true\n`, [SCRIPT]: executable(TEXT) },
    { value: [{ path: SCRIPT, sure: true }] },
  ],
  [
    'a script of the file that kmod reads first, by its name',
    {
      '/etc/modprobe.d/z.conf': 'install vfio-pci /bin/true\n',
      '/usr/lib/modprobe.d/a.conf': LINE,
      [SCRIPT]: executable(TEXT),
    },
    { value: [{ path: SCRIPT, sure: true }] },
  ],
  [
    'busybox is not read',
    { [CONF]: 'install vfio-pci /bin/busybox modprobe -i vfio-pci\n', '/bin/busybox': { error: 'denied' } },
    { state: 'known', value: [] },
  ],
  ['a script that is not there', { [CONF]: LINE }, { state: 'known', value: [] }],
  ['a directory', { [CONF]: LINE, [`${SCRIPT}/`]: '' }, { value: [] }],
  ['a large file', { [CONF]: LINE, [SCRIPT]: executable(TEXT, { size: 65_537 }) }, { value: [] }],
  ['a device', { [CONF]: LINE, [SCRIPT]: executable(TEXT, { kind: 'character' }) }, { value: [] }],
  [
    'the addresses of the line itself',
    { [CONF]: '\ninstall vfio-pci echo 0000:03:00.0 > /sys/bus/pci/drivers/vfio-pci/bind\n' },
    { value: [{ path: CONF, line: 2, address: '0000:03:00.0', sure: true }] },
  ],
  ['no permission for the script', { [CONF]: LINE, [SCRIPT]: { error: 'denied' } }, { value: [] }],
  ['no permission for modprobe.d', { [CONF]: { error: 'denied' } }, { state: 'unknown', reason: 'denied' }],
])('install: %s', (_, files, wanted) => {
  const host = memoryHost({ files })
  expect(collectInstallAddresses(host, collectModprobe(host))).toMatchObject(wanted)
})

const RULES = '/etc/udev/rules.d'
const RULE = 'KERNEL=="0000:03:00.0", ATTR{driver_override}="vfio-pci"\n'

test.each<[string, Record<string, Entry>, object]>([
  ['no directory', {}, { state: 'known', value: [] }],
  [
    'a rule, and what is none',
    { [`${RULES}/10-x.rules`]: RULE, [`${RULES}/10-x.rules.bak`]: RULE, '/usr/lib/udev/rules.d/1.rules': RULE },
    { state: 'known', value: [{ path: `${RULES}/10-x.rules`, line: 1, address: '0000:03:00.0', sure: true }] },
  ],
  [
    'in the order of their names',
    {
      [`${RULES}/10-x.rules`]: RULE,
      [`${RULES}/20-x.rules`]: RULE.replace('vfio-pci', 'nvme'),
    },
    { value: [] },
  ],
  ['a link to nothing', { [`${RULES}/10-x.rules`]: { link: '/nowhere' } }, { state: 'known', value: [] }],
  ['a directory', { [`${RULES}/10-x.rules/`]: '' }, { state: 'known', value: [] }],
  ['a large file', { [`${RULES}/10-x.rules`]: `${RULE}#${'x'.repeat(65_536)}` }, { state: 'known', value: [] }],
  ['no permission', { [`${RULES}/10-x.rules`]: { error: 'denied' } }, { state: 'unknown', reason: 'denied' }],
  ['an error', { [`${RULES}/10-x.rules`]: { error: 'unreadable' } }, { state: 'unknown', reason: 'unreadable' }],
])('udev: %s', (_, files, wanted) => {
  expect(collectUdevRules(memoryHost({ files }))).toMatchObject(wanted)
})

test.each<[string, Record<string, Entry>, object]>([
  ['a script that is there', { [CONF]: LINE, [SCRIPT]: executable(TEXT) }, { state: 'known', value: [] }],
  ['one that is not', { [CONF]: LINE, '/usr/local/bin/': '' }, { value: [{ path: SCRIPT, why: 'absent' }] }],
  [
    'one that may not be executed',
    { [CONF]: LINE, [SCRIPT]: TEXT },
    { value: [{ path: SCRIPT, why: 'not executable' }] },
  ],
  [
    'one that a shell reads needs no more',
    { [CONF]: `install vfio-pci sh ${SCRIPT}\n`, [SCRIPT]: TEXT },
    { value: [] },
  ],
  ['a line that cannot be read', { [CONF]: { error: 'denied' } }, { state: 'unknown', reason: 'denied' }],
  ['no install line', { [CONF]: 'options vfio-pci ids=1:2\n' }, { value: [] }],
])('what is amiss with %s', (_, files, expected) => {
  const host = memoryHost({ files })
  expect(collectInstallGaps(host, collectModprobe(host))).toMatchObject(expected)
})
