// npm run lab: boots real kernels with emulated IOMMUs, and holds the doctor's verdicts against what they answer.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES } from './lib/architectures.mjs'
import { baseArchive } from './lib/base.mjs'
import { getEfi } from './lib/efi.mjs'
import { getKernels, HELD_AGAINST, WANTED } from './lib/kernels.mjs'
import { missingPackages } from './lib/packages.mjs'
import { runScenario } from './lib/run.mjs'
import { table } from './lib/table.mjs'

const LAB = dirname(fileURLToPath(import.meta.url))
const ROOT = dirname(dirname(LAB))
const KERNELS = ['6.1', 'newest']
/** Where time runs out, the newest and the oldest have been run: those in between differ least. */
const ORDER = ['newest', '5.10', '6.12', '6.1']
const USAGE = `npm run lab -- [SCENARIO…]   (none: all of them)
  --kernel NAME   only this kernel: ${WANTED.join(', ')}
  --jobs N        guests at once, 1 or 2 (default 2)
  --minutes N     begin no scenario after so many minutes: the rest is named as not run
  --record        keep each capture as a fixture; npm run record then makes its golden reports
  --fixtures DIR  where to (default fixtures/machines)
  --keep DIR      leave reports, truth and console logs there
  --doctor DIR    the built doctor (default dist)
  --list          name the scenarios

Exit status: 0 all as the kernel has it, 1 a mismatch, 2 wrong usage, 3 the lab could not run here.
`
/** The lab lacks what it runs on, which says nothing about the doctor. */
const CANNOT_RUN = 3

process.exitCode = await main()

async function main() {
  const { values, positionals } = arguments_()
  const names = (await readdir(join(LAB, 'scenarios')))
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => name.slice(0, -4))
  if (values.help) return say(USAGE)
  if (values.list) {
    const rows = await Promise.all(names.sort().map(async (name) => [name, (await load(name)).scenario.title]))
    return say(table([['scenario', 'title'], ...rows]))
  }
  const unknown = positionals.filter((name) => !names.includes(name))
  if (unknown.length > 0) return complain(`no scenario ${unknown.join(', ')} (see --list)`)
  const missing = await missingPackages(ARCHITECTURES.amd64.packages)
  if (missing.length > 0) {
    return complain(
      `missing Debian packages: ${missing.join(' ')}\napt-get install --no-install-recommends ${missing.join(' ')}`,
      CANNOT_RUN,
    )
  }
  const doctor = resolve(values.doctor ?? join(ROOT, 'dist'))
  if (!existsSync(join(doctor, 'vfio-doctor.cjs'))) return complain('the doctor is not built: npm run build')

  const scenarios = await Promise.all((positionals.length > 0 ? positionals : names).sort().map(load))
  const wanted = scenarios.flatMap(({ name, scenario }) =>
    (scenario.kernels ?? KERNELS)
      .filter((kernel) => values.kernel === undefined || kernel === values.kernel)
      .map((kernel) => ({ name, scenario, kernel })),
  )
  const wantsEfi = wanted.some(({ scenario }) => scenario.loader !== undefined)
  const efi = wantsEfi ? await getEfi(progress) : undefined
  if (wantsEfi && efi === undefined) progress('so no scenario with a boot loader of EFI is run')
  const startable = wanted.filter(({ scenario }) => scenario.loader === undefined || efi !== undefined)
  const jobs = (await Promise.all(Object.values(ARCHITECTURES).map((one) => jobsOf(one, startable))))
    .flat()
    .sort((a, b) => ORDER.indexOf(a.kernel.name) - ORDER.indexOf(b.kernel.name))
  if (jobs.length === 0 && startable.length > 0) return complain('nothing to boot: see above', CANNOT_RUN)
  const minutes = Number(values.minutes ?? Infinity)
  if (!(minutes > 0)) return complain('--minutes wants a number')
  const end = Date.now() + minutes * 60_000
  const options = {
    doctor,
    efi,
    keep: values.keep === undefined ? undefined : resolve(values.keep),
    record: values.record ? resolve(values.fixtures ?? join(ROOT, 'fixtures/machines')) : undefined,
  }
  const outcomes = await inTurn(jobs, Math.min(2, Math.max(1, Number(values.jobs) || 2)), async (job) => {
    if (Date.now() > end) return { scenario: job.name, kernel: job.kernel, rows: [], mismatches: [], seconds: null }
    const outcome = await runScenario(job.name, job.scenario, job.kernel, options)
    progress(`${outcome.mismatches.length === 0 ? 'as it is' : 'MISMATCH'}  ${job.name}  ${job.kernel.label}`)
    return outcome
  })
  report(outcomes.sort((a, b) => (a.scenario < b.scenario ? -1 : a.scenario > b.scenario ? 1 : 0)))
  return outcomes.length === 0 || outcomes.some((one) => one.mismatches.length > 0 && !isNewer(one.kernel)) ? 1 : 0
}

/** What is wanted on one architecture, with its kernels. The lab goes on without one that cannot be had here. */
async function jobsOf(architecture, wanted) {
  const own = wanted.filter(({ scenario }) => (scenario.architecture ?? 'amd64') === architecture.name)
  if (own.length === 0) return []
  const missing = await missingPackages(architecture.packages)
  if (missing.length > 0) {
    const scenarios = [...new Set(own.map((one) => one.name))].join(', ')
    progress(`missing Debian packages: ${missing.join(' ')}; without them these are not run: ${scenarios}`)
    return []
  }
  const names = WANTED.filter((name) => own.some((one) => one.kernel === name))
  const kernels = await getKernels(architecture, names, progress)
  try {
    await baseArchive(architecture)
  } catch (error) {
    if (architecture.userland === null) throw error
    progress(`no programs for ${architecture.name}: ${error.message.split('\n')[0].slice(0, 300)}`)
    return []
  }
  return own.flatMap((one) => (kernels.has(one.kernel) ? [{ ...one, kernel: kernels.get(one.kernel) }] : []))
}

function arguments_() {
  return parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: 'string' },
      jobs: { type: 'string' },
      minutes: { type: 'string' },
      keep: { type: 'string' },
      doctor: { type: 'string' },
      fixtures: { type: 'string' },
      record: { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
}

async function load(name) {
  return { name, scenario: (await import(`./scenarios/${name}.mjs`)).default }
}

/** Runs `work` on all, at most `lanes` at once, and keeps the order of the results. */
async function inTurn(items, lanes, work) {
  const results = []
  const queue = items.entries()
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** Of a kernel that came out since, what differs is news and no fault yet. */
function isNewer({ label }) {
  return label.localeCompare(HELD_AGAINST, 'en', { numeric: true }) > 0
}

function report(all) {
  const outcomes = all.filter((one) => one.seconds !== null)
  const rows = outcomes.flatMap((one) =>
    (one.rows.length > 0 ? one.rows : [{ round: 'first', device: '-', verdict: '-', truth: '-' }]).map((row, index) => [
      index === 0 ? one.scenario : '',
      index === 0 ? one.kernel.release : '',
      row.round === 'first' ? row.device : `${row.device} (mended)`,
      row.verdict,
      row.truth,
      index === 0 ? `${one.seconds.toFixed(0)} s` : '',
    ]),
  )
  say(table([['scenario', 'kernel', 'device', 'verdict', 'truth', 'time'], ...rows]))
  const wrong = outcomes.filter((one) => one.mismatches.length > 0)
  for (const one of wrong) {
    const news = isNewer(one.kernel) ? ` (newer than ${HELD_AGAINST}, which the expectations are of)` : ''
    say(`\n${one.scenario} on ${one.kernel.release}${news}\n${one.mismatches.map((text) => `  ${text}\n`).join('')}`)
  }
  say(`\n${outcomes.length - wrong.length} of ${outcomes.length} as the kernel has it\n`)
  const left = all.filter((one) => one.seconds === null)
  if (left.length === 0) return
  say(
    `${left.length} not run, for want of time: ${left.map((one) => `${one.scenario} (${one.kernel.label})`).join(', ')}\n`,
  )
}

function say(text) {
  process.stdout.write(text)
  return 0
}

function complain(text, status = 2) {
  process.stderr.write(`${text}\n`)
  return status
}

function progress(line) {
  process.stderr.write(`${line}\n`)
}
