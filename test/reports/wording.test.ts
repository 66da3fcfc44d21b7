import { describe, expect, test } from 'vitest'
import { deviceWordsWithin, driverWords, groupWords, isSentence, symptomWords } from '../../reports/sentences.ts'
import { headWords } from '../../reports/machine-words.ts'
import { effectWords, listed, needsNoReboot, plural, shortener, when } from '../../reports/wording.ts'
import { blankReport, bridgeReport, report, step, vmdReport } from './support/reports.ts'

describe('shortener', () => {
  const short = shortener(bridgeReport())
  test.each([
    ['Leave 0000:03:00.0 alone', 'Leave 03:00.0 alone'],
    ['(0000:03:00.0)', '(03:00.0)'],
    ['0000:03:00.0.', '03:00.0.'],
    ['/sys/bus/pci/devices/0000:03:00.0/class', '/sys/bus/pci/devices/0000:03:00.0/class'],
    ['host=0000:03:00.0', 'host=0000:03:00.0'],
    ['10000:03:00.0', '10000:03:00.0'],
  ])('%s', (given, wanted) => expect(short(given)).toBe(wanted))

  test('keeps the domain where there is another one', () => {
    expect(shortener(vmdReport())('0000:03:00.0')).toBe('0000:03:00.0')
  })
})

test.each([
  ['2026-11-24T16:12:09Z', '2026-11-24 16:12 UTC'],
  ['2026-11-24T16:12:09.123+02:00', '2026-11-24 16:12'],
  ['yesterday', 'yesterday'],
])('the time %s', (given, wanted) => expect(when(given)).toBe(wanted))

test('counting and listing', () => {
  expect([plural(1, 'group'), plural(2, 'group'), plural(0, 'group')]).toEqual(['1 group', '2 groups', '0 groups'])
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
})

test('known to have none and could not tell are two things', () => {
  expect([driverWords({ driver: null }), driverWords({}), groupWords({ group: null }), groupWords({})]).toEqual([
    '-',
    '?',
    '-',
    '?',
  ])
})

test.each([
  ['probe-einval@0000:03:00.0', 'probe-einval (0000:03:00.0)'],
  ['group-not-viable@group:3', 'group-not-viable (group 3)'],
  ['vfio-node-missing@host', 'vfio-node-missing'],
  ['odd', 'odd'],
])('the symptom %s', (given, wanted) => expect(symptomWords(given, (text) => text)).toBe(wanted))

test('a name too long gives way to what tells more', () => {
  const gpu = { name: 'GP104 [GeForce GTX 1080]', class: 'VGA compatible controller', id: null }
  expect(deviceWordsWithin(gpu, 40)).toBe('GP104 [GeForce GTX 1080]')
  expect(deviceWordsWithin(gpu, 18)).toBe('GeForce GTX 1080')
  expect(deviceWordsWithin({ ...gpu, name: 'A very long name without brackets' }, 26)).toBe('VGA compatible controller')
  expect(deviceWordsWithin(gpu, 10)).toBe('GP104 [...')
})

test('only a sentence may be wrapped', () => {
  expect(isSentence('Take the word out again, and run the next step once more.')).toBe(true)
  for (const command of ['sudo update-grub', 'Xorg | tee /x', 'rm -f /etc/x', 'Set A=b', 'MAKEDEV null'])
    expect(isSentence(command)).toBe(false)
})

test('a step costs no reboot only where nothing in its remedy does, and something is typed', () => {
  expect(needsNoReboot([step('a', { run: 'x' })])).toBe(true)
  expect(needsNoReboot([step('a', { run: 'x' }), step('b', { effect: 'reboot' })])).toBe(false)
  expect(needsNoReboot([step('a')])).toBe(false)
  expect([effectWords('none', true), effectWords('none', false)]).toEqual(['no reboot', null])
})

describe('the head', () => {
  test('of a live machine', () => {
    expect(headWords(report())).toEqual([
      'Debian GNU/Linux 12 (bookworm)',
      'Linux 6.1.0-18-amd64',
      'Intel Core i7-4790',
      'VT-d on',
      '38 PCI functions, 29 groups',
    ])
  })
  test('of a paste says what is not known', () => {
    expect(headWords(blankReport())).toEqual([
      'OS not known',
      'kernel not known',
      'IOMMU: could not tell',
      'pasted text',
    ])
  })
  test.each([
    ['bare metal', false, 'IOMMU off'],
    ['Xen dom0', false, 'IOMMU left to Xen'],
    ['Xen dom0', null, 'IOMMU: could not tell'],
    ['Xen dom0', true, 'VT-d on'],
  ])('on %s, where an IOMMU in effect is %s', (environment, inEffect, words) => {
    const { machine, ...rest } = report()
    const head = headWords({ ...rest, machine: { ...machine, environment, iommu: { ...machine.iommu, inEffect } } })
    expect(head).toContain(words)
  })
  test('of a capture says when, and that it was not taken as root', () => {
    expect(headWords(vmdReport()).slice(-2)).toEqual(['a capture of 2026-10-02 08:00', 'not taken as root'])
  })
})
