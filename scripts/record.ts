import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serializeCapture } from '../src/host/capture-file.ts'
import { renderText } from '../reports/text.ts'
import { golden, machineIn, reportOn, type GoldenQuestion } from './golden.ts'
import { captureOf, SCENES } from './scenes/index.ts'

/** What stands beside each capture: where it comes from, and what is asked about it. */
interface Origin {
  readonly questions?: readonly GoldenQuestion[]
}

type Put = (path: string, content: string | Uint8Array) => void

/**
 * Writes the captures of the scenes and the golden reports of every machine in fixtures/machines, and the report in
 * the README. `only`: slugs; none means all. Gives a line for each file that changed.
 */
export async function record(root: string, only: readonly string[]): Promise<readonly string[]> {
  const changed: string[] = []
  const machines = join(root, 'fixtures/machines')
  const put: Put = (path, content) => {
    const bytes = Buffer.from(content)
    const before = existsSync(path) ? readFileSync(path) : null
    if (before !== null && before.equals(bytes)) return
    writeFileSync(path, bytes)
    changed.push(`${before === null ? 'new' : 'changed'}  ${path.slice(root.length + 1)}`)
  }
  const wanted = (slug: string): boolean => only.length === 0 || only.includes(slug)

  for (const scene of SCENES.filter((one) => wanted(one.slug))) {
    const folder = join(machines, scene.slug)
    mkdirSync(folder, { recursive: true })
    put(join(folder, 'capture.json.gz'), serializeCapture(await captureOf(scene), { gzip: true })) // eslint-disable-line no-await-in-loop
  }
  for (const slug of readdirSync(machines).filter(wanted)) {
    const folder = join(machines, slug)
    const scene = SCENES.find((one) => one.slug === slug)
    const origin =
      scene === undefined ? readOrigin(folder) : { made: 'scene', what: scene.what, questions: scene.questions }
    await recordGoldens(folder, origin, put) // eslint-disable-line no-await-in-loop
  }
  await recordReadme(root, put)
  return changed.length === 0 ? ['nothing changed'] : changed
}

async function recordGoldens(folder: string, origin: Origin, put: Put): Promise<void> {
  const machine = await machineIn(readFileSync(join(folder, 'capture.json.gz')))
  const kept = new Set<string>()
  const questions: GoldenQuestion[] = []
  for (const question of origin.questions ?? [{ devices: [] }]) {
    const { files, status } = await golden(machine, question) // eslint-disable-line no-await-in-loop
    for (const [name, text] of Object.entries(files)) {
      put(join(folder, name), text)
      kept.add(name)
    }
    questions.push({ ...question, status })
  }
  for (const name of readdirSync(folder)) {
    if (name.startsWith('expected.') && !kept.has(name)) rmSync(join(folder, name))
  }
  put(join(folder, 'origin.json'), `${JSON.stringify({ ...origin, questions }, null, 2)}\n`)
}

function readOrigin(folder: string): Origin {
  return JSON.parse(readFileSync(join(folder, 'origin.json'), 'utf8')) as Origin
}

/** The report in the README, between its markers: the opening scene as a terminal shows it, by the current version. */
async function recordReadme(root: string, put: Put): Promise<void> {
  const path = join(root, 'README.md')
  if (!existsSync(path)) return
  put(path, withReport(readFileSync(path, 'utf8'), await readmeReport(root)))
}

export async function readmeReport(root: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const machine = await machineIn(readFileSync(join(root, 'fixtures/machines/opening-scene/capture.json.gz')))
  const report = reportOn(machine, { devices: ['04:00.0'] }, version)
  return renderText(report, { width: 80, color: false, unicode: true, verbose: false, quiet: false })
}

/** The README with this report between its markers. */
export function withReport(readme: string, report: string): string {
  const block = `<!-- report -->\n\n\`\`\`console\n$ vfio-doctor --capture fixtures/machines/opening-scene/capture.json.gz 04:00.0\n${report}\`\`\`\n\n<!-- /report -->`
  return readme.replace(/<!-- report -->[^]*<!-- \/report -->/, () => block)
}
