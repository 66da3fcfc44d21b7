import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Capture } from '../../src/host/capture.ts'
import { parseCapture, serializeCapture } from '../../src/host/capture-file.ts'
import type { Host } from '../../src/host/host.ts'
import { recordedHost } from '../../src/host/recorded.ts'
import { recordingHost } from '../../src/host/recording.ts'
import { redactCapture } from '../../src/host/redact-capture.ts'
import { memoryHost } from '../support/memory-host.ts'

const BINARY = new Uint8Array([0, 1, 2, 0xff, 0xfe, 0x80])

function sample(): Host {
  return memoryHost({
    files: {
      '/proc/cmdline': 'root=/dev/mapper/fedora_tupac-root quiet\n',
      '/sys/bus/pci/devices/0000:01:00.0/config': BINARY,
      '/sys/bus/pci/devices/0000:01:00.0/driver': { link: '../../bus/pci/drivers/vfio-pci' },
      '/sys/empty/': '',
      '/etc/shadow': { error: 'denied' },
      '/etc/broken': { error: 'unreadable' },
      '/etc/pve/slow': { error: 'timeout' },
    },
    programs: { 'dmesg -r': '<6>[    0.0] Linux\n', 'lsinitrd x': { error: 'timeout' }, false: { status: 1 } },
    dmi: { sys_vendor: 'ACME' },
    uid: 1000,
  })
}

/** Every question that the port has, over these paths; the answers in their order. */
async function interview(host: Host): Promise<unknown> {
  const paths = [
    '/proc/cmdline',
    '/sys/bus/pci/devices/0000:01:00.0/config',
    '/sys/bus/pci/devices/0000:01:00.0/driver',
    '/sys/bus/pci/devices/0000:01:00.0',
    '/sys/empty',
    '/etc/shadow',
    '/etc/broken',
    '/etc/none',
  ]
  return {
    paths: paths.map((path) => [
      host.readText(path),
      host.readText(path, 4),
      host.readBytes(path),
      host.list(path),
      host.link(path),
      host.stat(path),
      host.stat(path, true),
    ]),
    slow: [await host.readSlow('/etc/pve/slow'), await host.readSlow('/proc/cmdline'), await host.listSlow('/etc')],
    programs: [
      await host.run('dmesg', ['-r']),
      await host.run('lsinitrd', ['x']),
      await host.run('false', []),
      await host.run('nothing', []),
    ],
    identity: host.identity(),
    dmi: await host.dmi(),
  }
}

function through(capture: Capture, gzip: boolean = true): Capture {
  const parsed = parseCapture(serializeCapture(capture, { gzip }))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.capture
}

describe('recording and replay', () => {
  test.each([true, false])('a replay answers as the host did, errors included (gzip %s)', async (gzip) => {
    const recording = recordingHost(sample())
    const live = await interview(recording.host)
    expect(live).toEqual(await interview(sample()))
    const replayed = recordedHost(through(recording.capture(), gzip))
    expect(await interview(replayed)).toEqual(live)
    expect(replayed.origin).toEqual({ source: 'capture', at: '2026-01-01T00:00:00Z', root: '/' })
  })

  test('a recording of a replay is the same capture', async () => {
    const first = recordingHost(sample())
    await interview(first.host)
    const second = recordingHost(recordedHost(through(first.capture())))
    await interview(second.host)
    expect(second.capture()).toEqual(first.capture())
  })

  test('what was not read is not in it, and is not known to be absent', async () => {
    const recording = recordingHost(sample())
    recording.host.stat('/proc/cmdline')
    const capture = through(recording.capture())
    expect(Object.keys(capture.paths)).toEqual(['/proc/cmdline'])
    expect(JSON.stringify(capture)).not.toContain('quiet')
    expect(capture).toMatchObject({ identity: null, dmi: null, programs: [] })
    const host = recordedHost(capture)
    expect(host.readText('/proc/cmdline')).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(host.list('/proc')).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(host.link('/x')).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(host.stat('/proc/cmdline', true)).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(await host.readSlow('/x')).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(await host.run('dmesg', [])).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(await host.dmi()).toMatchObject({ ok: false, error: 'not-recorded' })
    expect(host.identity()).toMatchObject({ privileged: false })
  })

  test('names of objects are paths like others', () => {
    const recording = recordingHost(memoryHost({ files: { '/constructor': 'a' } }))
    recording.host.readText('/constructor')
    expect(recordedHost(through(recording.capture())).readText('/constructor')).toEqual({ ok: true, value: 'a' })
    expect(recordedHost(through(recording.capture())).readText('constructor')).toMatchObject({ ok: false })
  })

  test.each([
    ['farther first', [100, 4]],
    ['shorter first', [4, 100]],
  ])('the reading that went farthest answers for the others: %s', (_name, limits) => {
    const recording = recordingHost(memoryHost({ files: { '/a': '0123456789' } }))
    for (const limit of limits) recording.host.readText('/a', limit)
    const host = recordedHost(recording.capture())
    expect(host.readText('/a', 4)).toEqual({ ok: true, value: '0123' })
    expect(host.readText('/a')).toEqual({ ok: true, value: '0123456789' })
  })

  test('more than was read is not in the capture', () => {
    const recording = recordingHost(memoryHost({ files: { '/a': '0123456789' } }))
    recording.host.readText('/a', 4)
    expect(recordedHost(recording.capture()).readText('/a', 5)).toMatchObject({ ok: false, error: 'not-recorded' })
  })

  test('any bytes survive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const recording = recordingHost(memoryHost({ files: { '/a': bytes } }))
        recording.host.readBytes('/a')
        expect(recordedHost(through(recording.capture())).readBytes('/a')).toEqual({ ok: true, value: bytes })
      }),
    )
  })

  test('the same capture, the same bytes', async () => {
    const make = async (): Promise<Uint8Array> => {
      const recording = recordingHost(sample())
      await interview(recording.host)
      return serializeCapture(recording.capture(), { gzip: true })
    }
    expect(await make()).toEqual(await make())
  })
})

const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const valid = {
  schema: 'vfio-doctor/capture@1',
  taken: null,
  root: '/',
  redacted: false,
  identity: null,
  dmi: null,
  paths: {},
  programs: [],
}

describe('what is not a capture', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', text(''), /it is empty/],
    ['prose', text('hello'), /not JSON/],
    ['cut short', text('{"schema":"vfio-doctor/capture@1","pa'), /not JSON, or cut short/],
    ['a list', text([]), /names no schema/],
    ['null', text('null'), /names no schema/],
    ['another schema', text({ schema: 'x\u001b[31m\u009b' }), /its schema is "x\\u001b\[31m\?"/],
    ['a report', text({ schema: 'vfio-doctor/report@1' }), /a report, not a capture/],
    ['a newer one', text({ schema: 'vfio-doctor/capture@2' }), /newer vfio-doctor/],
    ['a part missing', text({ ...valid, programs: undefined }), /"programs"/],
    ['a relative path', text({ ...valid, paths: { x: {} } }), /"paths" holds "x"/],
    ['a prototype', text(JSON.stringify(valid).replace('"paths":{}', '"paths":{"__proto__":{}}')), /__proto__/],
    ['a broken answer', text({ ...valid, paths: { '/a': { list: [1] } } }), /"\/a"/],
    ['a name that is a path', text({ ...valid, paths: { '/a': { list: ['../b'] } } }), /"\/a"/],
    ['bad base64', text({ ...valid, paths: { '/a': { read: { base64: '*' } } } }), /"\/a"/],
    ['a broken stat', text({ ...valid, paths: { '/a': { stat: { kind: 'file' } } } }), /"\/a"/],
    ['an unknown error', text({ ...valid, paths: { '/a': { read: { error: 'x', code: '' } } } }), /"\/a"/],
    ['a text and an error', text({ ...valid, paths: { '/a': { read: { text: '', error: 1 } } } }), /"\/a"/],
    ['a text that is none', text({ ...valid, paths: { '/a': { read: { text: 1, base64: '' } } } }), /"\/a"/],
    ['a cut that is none', text({ ...valid, paths: { '/a': { read: { text: '', cut: '9' } } } }), /"\/a"/],
    ['a time that is none', text({ ...valid, taken: 'yesterday' }), /"taken"/],
    ['a broken identity', text({ ...valid, identity: { uid: 'root' } }), /"identity"/],
    ['gzip cut short', gzipSync(text(valid)).subarray(0, 40), /cut short/],
    ['gzip with another byte', gzipSync(text(valid)).fill(0x55, 12, 30), /broken gzip/],
  ])('%s', (_name, bytes, message) => {
    const parsed = parseCapture(bytes)
    expect(parsed.ok ? 'ok' : parsed.message).toMatch(message)
    // oxlint-disable-next-line no-control-regex -- none of them may get through
    expect(parsed.ok ? '' : parsed.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  test('a small file that unpacks to a very large one', () => {
    const bomb = gzipSync(new Uint8Array(8 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(20_000)
    expect(parseCapture(bomb, 1024 * 1024)).toEqual({ ok: false, message: 'not a capture: larger than 1 MiB' })
    expect(parseCapture(new Uint8Array(1024 * 1024 + 1), 1024 * 1024)).toMatchObject({ ok: false })
  })

  test('the smallest one is taken', () => {
    expect(parseCapture(text(valid))).toEqual({ ok: true, capture: valid })
    expect(parseCapture(text({ ...valid, later: 1 })).ok).toBe(true)
  })

  test('any bytes, and any JSON in any place, are answered', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => !parseCapture(bytes).ok))
    const part = fc.constantFrom(...Object.keys(valid))
    fc.assert(
      fc.property(part, fc.jsonValue(), (key, value) => {
        const parsed = parseCapture(text({ ...valid, [key]: value }))
        if (parsed.ok) void recordedHost(redactCapture(parsed.capture)).readText('/a')
        else expect(parsed.message).not.toContain('\n')
      }),
      { numRuns: 500 },
    )
  })
})
