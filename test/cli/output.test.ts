import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Capture, Place } from '../../src/host/capture.ts'
import { doctor, machine, PROGRAM, temporaryDirectory } from './support.ts'

const DEVICES = '/sys/bus/pci/devices'
const directory = temporaryDirectory()
const healthy = ['--capture', machine('intel-desktop-healthy')]
// eslint-disable-next-line no-control-regex -- colours are escape sequences
const COLOUR = /\u001b\[/

describe('a file named with -o', () => {
  test.each(['text', 'markdown', 'json'])('holds the whole %s report, and standard output nothing', (format) => {
    const path = join(directory, `report.${format}`)
    const shown = doctor([...healthy, '--format', format])
    const run = doctor([...healthy, '--format', format, '-o', path])
    expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(readFileSync(path, 'utf8')).toBe(shown.stdout)
  })

  test('stays as it was when nothing can be said', () => {
    const path = join(directory, 'kept.txt')
    writeFileSync(path, 'before')
    expect(doctor([...healthy, '42:00.0', '-o', path]).status).toBe(2)
    expect(doctor(['--root', join(directory, 'nowhere'), '-o', path]).status).toBe(3)
    expect(readFileSync(path, 'utf8')).toBe('before')
  })

  test.each([
    ['in a directory that is not there', join(directory, 'nowhere/report.txt'), /no such file or directory/],
    ['that is a directory', directory, /directory/],
  ])('%s is refused in one line, and nothing is left lying about', (_name, path, why) => {
    const before = readdirSync(directory).sort()
    const run = doctor([...healthy, '-o', path])
    expect(run).toMatchObject({ status: 2, stdout: '' })
    expect(run.stderr).toMatch(/^vfio-doctor: cannot write [^\n]+\n$/)
    expect(run.stderr).toMatch(why)
    expect(readdirSync(directory).sort()).toEqual(before)
  })

  test('of the capture command is whole or not there too', () => {
    const root = join(directory, 'root')
    mkdirSync(join(root, 'etc'), { recursive: true })
    const run = doctor(['capture', '--root', root, '-o', join(directory, 'nowhere/capture.json')])
    expect(run).toMatchObject({ status: 2, stdout: '' })
    expect(run.stderr).toMatch(/^vfio-doctor: cannot write [^\n]+\n$/)
  })
})

test.skipIf(!existsSync('/dev/full'))('a full disk is said in one line', () => {
  const full = openSync('/dev/full', 'w')
  const run = spawnSync(process.execPath, [PROGRAM, ...healthy], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
  closeSync(full)
  expect(run.stderr).toBe('vfio-doctor: cannot write to standard output: no space left\n')
  expect(run.status).toBe(2)
})

describe('a pipe', () => {
  test('carries a report of several megabytes whole, to a slow reader too', () => {
    const path = join(directory, 'large.json')
    writeFileSync(path, large(3500))
    const script = '"$0" "$1" --capture "$2" --format json | (sleep 0.3; cat)'
    const slow = spawnSync('sh', ['-c', script, process.execPath, PROGRAM, path], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    })
    expect(slow.stderr).toBe('')
    expect(slow.stdout.length).toBeGreaterThan(5_000_000)
    expect((JSON.parse(slow.stdout) as { devices: unknown[] }).devices.length).toBeGreaterThan(3500)
  }, 120_000)

  test('that does not wait for its reader carries the report whole too', async () => {
    const path = join(directory, 'fifo')
    expect(spawnSync('mkfifo', [path]).status).toBe(0)
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    const long = ['--capture', machine('lab-many-functions-7.3'), '--format', 'json', '--verbose']
    // Of its first three files a child of Node's makes ones that wait.
    const command = ['-c', 'exec "$@" >&3', 'sh', process.execPath, PROGRAM, ...long]
    const child = spawn('sh', command, { stdio: ['ignore', 'ignore', 'inherit', pipe] })
    let ended = false
    const closed = once(child, 'close').finally(() => (ended = true))
    // A pipe holds 64 KiB: the writer finds it full before anything is read.
    await setTimeout(1000)
    const pieces: Buffer[] = []
    for (let last = false; !last;) {
      last = ended
      for (let piece = readNow(pipe); piece !== null; piece = readNow(pipe)) pieces.push(piece)
      await setTimeout(20)
    }
    closeSync(pipe)
    expect(await closed).toEqual([0, null])
    const text = Buffer.concat(pieces).toString()
    expect(text.length).toBeGreaterThan(70_000)
    expect(text).toBe(doctor(long).stdout)
  })

  test('that is closed early is no error', async () => {
    const child = spawn(process.execPath, [PROGRAM, ...healthy, '--format', 'json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    const [status] = (await once(child, 'close')) as [number]
    expect(complaint).toBe('')
    expect(status).toBe(0)
  })

  test('gets plain text: no colours, and symbols in words', () => {
    const { stdout } = doctor(healthy, { env: { LANG: 'C.UTF-8', TERM: 'xterm-256color' } })
    expect(stdout).not.toMatch(COLOUR)
    // eslint-disable-next-line no-control-regex -- ASCII alone
    expect(stdout).toMatch(/^[\x00-\x7f]*$/)
  })

  test('gets colours only when they are asked for', () => {
    expect(doctor([...healthy, '--color']).stdout).toMatch(COLOUR)
    expect(doctor([...healthy, '--no-color']).stdout).not.toMatch(COLOUR)
  })
})

/** What is in a pipe that does not wait; null where it is empty. */
function readNow(pipe: number): Buffer | null {
  const piece = Buffer.alloc(16_384)
  try {
    return piece.subarray(0, readSync(pipe, piece))
  } catch {
    return null
  }
}

/** util-linux's script(1) runs a command on a terminal of its own. */
const terminals = spawnSync('script', ['--version']).status === 0

describe.skipIf(!terminals)('a terminal', () => {
  const onTerminal = (env: Record<string, string>): string => {
    const command = [process.execPath, PROGRAM, ...healthy].map((word) => `'${word}'`).join(' ')
    return spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      input: '',
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
    }).stdout
  }
  test('gets colours', () => {
    expect(onTerminal({})).toMatch(COLOUR)
  })
  test('gets none where NO_COLOR is set', () => {
    expect(onTerminal({ NO_COLOR: '1' })).not.toMatch(COLOUR)
  })
  test('gets none where it is dumb', () => {
    expect(onTerminal({ TERM: 'dumb' })).not.toMatch(COLOUR)
  })
})

/** The capture of the opening scene, whose card is there many times more. */
function large(count: number): string {
  const capture = JSON.parse(gunzipSync(readFileSync(machine('opening-scene'))).toString()) as Capture
  const paths: Record<string, Place> = { ...capture.paths }
  const card = Object.entries(paths).filter(([path]) => path.startsWith(`${DEVICES}/0000:04:00.0`))
  const addresses = Array.from({ length: count }, (_, at) => {
    const [bus, slot] = [(at >> 5) & 0xff, at & 31].map((part) => part.toString(16).padStart(2, '0'))
    return `000${1 + (at >> 13)}:${bus}:${slot}.0`
  })
  for (const address of addresses) {
    for (const [path, place] of card) {
      paths[path.replace('0000:04:00.0', address)] = JSON.parse(
        JSON.stringify(place).replaceAll('0000:04:00.0', address),
      ) as Place
    }
  }
  const names = paths[DEVICES]?.list as readonly string[]
  return JSON.stringify({ ...capture, paths: { ...paths, [DEVICES]: { list: [...names, ...addresses] } } })
}
