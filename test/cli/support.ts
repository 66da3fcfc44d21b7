import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Entry } from '../support/memory-host.ts'

export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The program as it is shipped; `npm test` builds it first. */
export const PROGRAM: string = join(ROOT, 'dist/vfio-doctor.cjs')

export interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
}

/** Runs the program with these arguments, its output in pipes. */
export function doctor(args: readonly string[], { env = {}, input = '' }: Surroundings = {}): Finished {
  const run = spawnSync(process.execPath, [PROGRAM, ...args], {
    input,
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status: run.status, stdout: run.stdout, stderr: run.stderr }
}

/** The path of a recorded machine's capture. */
export function machine(slug: string): string {
  return join(ROOT, 'fixtures/machines', slug, 'capture.json.gz')
}

/** A directory that goes away after the tests of the file. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'vfio-doctor-test-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }), 60_000)
  return path
}

/**
 * Writes what a test host holds as real files below `root`. Device nodes become plain files, and what would be denied
 * is left out: neither can be made without rights.
 */
export function writeTree(root: string, files: Readonly<Record<string, Entry>>): void {
  for (const [path, entry] of Object.entries(files)) {
    const real = join(root, path)
    if (path.endsWith('/')) {
      mkdirSync(real, { recursive: true })
      continue
    }
    mkdirSync(dirname(real), { recursive: true })
    if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(real, entry)
    else if ('link' in entry) symlinkSync(entry.link, real)
    else if ('stat' in entry) writeFileSync(real, entry.text ?? '')
  }
}

/** Whether there is a character that moves a terminal's cursor, changes its state or turns its reading direction. */
export function hasControls(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text)
}
