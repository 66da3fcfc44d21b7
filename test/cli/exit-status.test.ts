import { gzipSync } from 'node:zlib'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doctor, hasControls, machine, temporaryDirectory } from './support.ts'

const directory = temporaryDirectory()
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}
const healthy = ['--capture', machine('intel-desktop-healthy')]
const blocked = ['--capture', machine('vtd-off-in-firmware')]
const opening = ['--capture', machine('opening-scene')]
const cut = ['--capture', machine('unprivileged')]

describe('a diagnosis ends with', () => {
  test.each([
    ['0: nothing in the way', healthy, 0],
    ['0: the device asked for is ready', [...opening, '04:00.0'], 0],
    ['0: the bridge need not be assigned', [...opening, '03:00.0'], 0],
    ['1: something is in the way', blocked, 1],
    ['1: the device asked for is blocked', [...blocked, 'gpu'], 1],
    ['0: and nobody wants to know', [...blocked, '--fail-on', 'never'], 0],
    ['0: what could not be told is no failure', cut, 0],
    ['1: what could not be told is one when asked', [...cut, '--fail-on', 'unknown'], 1],
    ['0: the required device is ready', [...opening, '--require', '04:00.0'], 0],
    ['1: a required device is not ready yet', [...healthy, '--require', '01:00.0'], 1],
    ['1: a required bridge can never be ready', [...opening, '--require', '03:00.0'], 1],
    ['1: in JSON too', [...blocked, '--format', 'json'], 1],
    ['1: in Markdown too', [...blocked, '--format', 'markdown'], 1],
    ['1: written to a file too', [...blocked, '--output', join(directory, 'report.txt')], 1],
  ])('%s', (_why, args, status) => {
    const run = doctor(args)
    expect(run.status).toBe(status)
    expect(run.stderr).toBe('')
  })
})

describe('other commands end with', () => {
  test.each([
    ['--version', ['--version'], /^\d+\.\d+\.\d+\n$/],
    ['--help', ['--help'], /Exit status: 0/],
    ['checks', ['checks'], /iommu-in-effect/],
    ['explain', ['explain'], /bridge-cannot-bind/],
    ['explain CODE', ['explain', 'bridge-cannot-bind'], /pcieport|bridge/i],
  ])('0: %s', (_name, args, shown) => {
    const run = doctor(args)
    expect(run).toMatchObject({ status: 0, stderr: '' })
    expect(run.stdout).toMatch(shown)
  })
})

const schema = (text: string): string => JSON.stringify({ schema: text })

/** What is wrong, what to type for it, the exit status, and what the one line must name. */
const BAD: readonly (readonly [string, readonly string[], 2 | 3, RegExp])[] = [
  ['an unknown option', ['--frobnicate'], 2, /frobnicate/],
  ['an option without its value', ['--capture'], 2, /capture/],
  ['an unknown format', [...healthy, '--format', 'pdf'], 2, /pdf|format/i],
  ['a format with an escape sequence', [...healthy, '--format', '\u001b[2J'], 2, /format/],
  ['options that exclude each other', [...healthy, '--paste', 'post.txt'], 2, /capture|paste/],
  ['no such device', [...healthy, '42:00.0'], 2, /42:00\.0/],
  ['an id that no device has', [...healthy, 'dead:beef'], 2, /dead:beef/],
  ['a class that no device has', ['--capture', machine('vm-without-viommu'), 'nvme'], 2, /nvme/],
  ['a word that means nothing', [...healthy, 'toaster'], 2, /toaster/],
  ['a word with an escape sequence', [...healthy, '\u001b[2J'], 2, /no device/],
  ['an unknown check', [...healthy, '--only', 'nosuch'], 2, /nosuch/],
  ['an unknown check to skip', [...healthy, '--skip', 'nosuch'], 2, /nosuch/],
  ['an unknown code', ['explain', 'nosuch'], 2, /nosuch/],
  ['a required device that is not there', [...healthy, '--require', '42:00.0'], 2, /42:00\.0/],
  ['a capture that is not there', ['--capture', join(directory, 'nothing.json')], 3, /no such file/],
  ['a capture that is a directory', ['--capture', directory], 3, /directory/],
  ['a capture that is not JSON', ['--capture', file('text.json', 'hello')], 3, /not a capture/],
  ['a capture that is empty', ['--capture', file('empty.json', '')], 3, /empty/],
  ['a capture that is other JSON', ['--capture', file('other.json', '{"a":1}')], 3, /not a capture/],
  ['a report in place of a capture', ['--capture', file('r.json', schema('vfio-doctor/report@1'))], 3, /a report/],
  ['a capture from a newer schema', ['--capture', file('new.json', schema('vfio-doctor/capture@2'))], 3, /newer/],
  ['a capture with a hostile schema', ['--capture', file('bad.json', schema('\u001b]0;x\u0007'))], 3, /not a capture/],
  ['a capture without its parts', ['--capture', file('part.json', schema('vfio-doctor/capture@1'))], 3, /broken/],
  ['a broken gzip file', ['--capture', file('broken.gz', gzipSync('{}').subarray(0, 12))], 3, /gzip/],
  ['a root that is not there', ['--root', join(directory, 'nowhere')], 3, /nowhere/],
  ['a root that is a file', ['--root', file('root.txt', '')], 3, /root\.txt/],
  ['a root that holds no system', ['--root', empty()], 3, /no Linux system/],
  ['a paste that is not there', ['--paste', join(directory, 'nothing.txt')], 3, /no such file/],
  ['a paste that is empty', ['--paste', file('empty.txt', '  \n')], 3, /empty/],
  [
    'a paste that is binary',
    [
      '--paste',
      file(
        'noise.bin',
        Uint8Array.from({ length: 4096 }, (_, at) => at % 9),
      ),
    ],
    3,
    /not text/,
  ],
  ['a capture of a root that is not there', ['capture', '--root', join(directory, 'nowhere')], 3, /nowhere/],
]

function empty(): string {
  const path = join(directory, 'empty-root')
  mkdirSync(path, { recursive: true })
  return path
}

describe('bad input gives one clear line', () => {
  test.each(BAD)('%s', (_name, args, status, names) => {
    const run = doctor(args)
    expect(run.stderr).toMatch(names)
    expect(run.stderr).toMatch(/^vfio-doctor: [^\n]+\n$/)
    expect(hasControls(run.stderr)).toBe(false)
    expect(run).toMatchObject({ status, stdout: '' })
  })
})

test('standard input can be pasted, and an empty one is told', () => {
  expect(doctor(['--paste', '-'], { input: '' })).toMatchObject({ status: 3, stdout: '' })
  const run = doctor(['--paste', '-'], { input: 'vfio-pci: probe of 0000:03:00.0 failed with error -22\n' })
  expect(run.stderr).toBe('')
  expect(run.stdout).toContain('03:00.0')
})
