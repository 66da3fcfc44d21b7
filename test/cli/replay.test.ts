import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SCENES, sceneFiles } from '../../scripts/scenes/index.ts'
import { doctor, temporaryDirectory, writeTree } from './support.ts'

interface Shown {
  readonly taken: { readonly source: string }
  readonly checks: readonly { readonly id: string; readonly status: string }[]
}

const directory = temporaryDirectory()

/** A tree of real files is read as a live host is, by the same code; only the programs are not run. */
const chosen = SCENES.filter((scene) => ['opening-scene', 'amd-desktop-healthy', 'arm-server'].includes(scene.slug))

describe.each(chosen.map((scene) => [scene.slug, scene] as const))('a capture of %s', (slug, scene) => {
  const root = join(directory, slug)
  writeTree(root, {
    ...sceneFiles(scene),
    '/proc/sys/kernel/hostname': 'goldfinch\n',
    '/etc/hostname': 'goldfinch\n',
  })

  test('diagnosed elsewhere gives the findings of the live run', () => {
    const live = report(['--root', root])
    const path = join(directory, `${slug}.json.gz`)
    expect(doctor(['capture', '--root', root, '--no-redact', '-o', path])).toMatchObject({ status: 0, stdout: '' })
    const replayed = report(['--capture', path])
    expect(replayed.taken.source).toBe('capture')
    expect({ ...replayed, taken: null }).toEqual({ ...live, taken: null })
  })

  test('says the same when names are masked, and names nobody', () => {
    const live = report(['--root', root])
    const path = join(directory, `${slug}.json`)
    expect(doctor(['capture', '--root', root, '-o', path])).toMatchObject({ status: 0, stdout: '' })
    expect(readFileSync(path, 'utf8')).not.toContain('goldfinch')
    expect(statuses(report(['--capture', path]))).toEqual(statuses(live))
  })
})

function report(args: readonly string[]): Shown {
  const run = doctor([...args, '--format', 'json'])
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout) as Shown
}

function statuses(shown: Shown): Readonly<Record<string, string>> {
  return Object.fromEntries(shown.checks.map((one) => [one.id, one.status]))
}
