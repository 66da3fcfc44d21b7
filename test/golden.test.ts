import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { golden, machineIn, reportOn, stemOf, type GoldenQuestion } from '../scripts/golden.ts'
import { readmeReport, withReport } from '../scripts/record.ts'
import { captureOf, SCENES } from '../scripts/scenes/index.ts'
import { serializeCapture } from '../src/host/capture-file.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const machines = join(root, 'fixtures/machines')
const read = (path: string): string => readFileSync(join(machines, path), 'utf8')

/** Report formats are compared byte for byte: `npm run record` writes them anew. */
describe.each(readdirSync(machines))('%s', (slug) => {
  const origin = JSON.parse(read(`${slug}/origin.json`)) as { questions: readonly GoldenQuestion[] }
  const capture = join(machines, slug, 'capture.json.gz')

  test('its capture stays small', () => {
    expect(statSync(capture).size).toBeLessThan(100 * 1024)
  })

  describe.each(origin.questions)('asked about $devices', (question) => {
    test('gives the recorded reports and exit status', async () => {
      const { files, status } = await golden(await machineIn(readFileSync(capture)), question)
      for (const [name, text] of Object.entries(files)) expect(text, name).toBe(read(`${slug}/${name}`))
      expect(status).toBe(question.status)
    })

    test('says in JSON what the schema describes', async () => {
      const ajv = new Ajv2020({ strict: false, allErrors: true })
      const validate = ajv.compile(
        JSON.parse(readFileSync(join(root, 'reports/report.v1.schema.json'), 'utf8')) as object,
      )
      validate(JSON.parse(read(`${slug}/${stemOf(question)}.json`)))
      expect(validate.errors).toBeNull()
    })

    test('says the essential on the first screen of 24 lines at 80 columns', async () => {
      const lines = read(`${slug}/${stemOf(question)}.txt`).split('\n')
      const screen = lines.slice(0, 24).join(' ').replaceAll(/\s+/g, ' ')
      const report = reportOn(await machineIn(readFileSync(capture)), question)
      expect(screen).toContain(report.headline.replaceAll('0000:', ''))
      const [first] = report.causes
      if (first !== undefined) expect(screen).toContain(first.code)
      // Commands alone, which stand farthest to the right, are never broken.
      for (const line of lines) if (!line.startsWith(' '.repeat(10))) expect(line.length, line).toBeLessThanOrEqual(80)
    })
  })
})

test.each(SCENES.map((scene) => [scene.slug, scene] as const))(
  'the capture of %s is what its scene makes',
  async (slug, scene) => {
    const bytes = readFileSync(join(machines, slug, 'capture.json.gz'))
    // Not the packed bytes, which depend on the version of zlib.
    expect(gunzipSync(bytes).toString()).toBe(
      new TextDecoder().decode(serializeCapture(await captureOf(scene), { gzip: false })),
    )
  },
)

test.each(SCENES.filter((one) => one.healthy === true).map((scene) => [scene.slug] as const))(
  '%s is healthy: no alarm, and nothing that could not be told',
  async (slug) => {
    const report = reportOn(await machineIn(readFileSync(join(machines, slug, 'capture.json.gz'))), { devices: [] })
    expect(report.causes.filter((one) => one.severity !== 'info').map((one) => one.code)).toEqual([])
    expect(report.checks.filter((one) => one.status === 'unknown' || one.status === 'crash')).toEqual([])
  },
)

test('the README shows the report of the opening scene', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  expect(readme).toContain('<!-- report -->')
  expect(readme).toBe(withReport(readme, await readmeReport(root)))
})
