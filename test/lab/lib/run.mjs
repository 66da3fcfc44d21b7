import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge } from './expectation.mjs'
import { writeImage } from './image.mjs'
import { bootGuest } from './qemu.mjs'
import { record } from './record.mjs'
import { run } from './shell.mjs'
import { startArguments } from './start.mjs'

/**
 * @typedef {object} Scenario one file of scenarios/, which reads like its title
 * @property {string} title what the host is like
 * @property {'amd64' | 'arm64'} [architecture] default amd64
 * @property {readonly string[]} [kernels] names of WANTED (kernels.mjs); default: 6.1 and newest
 * @property {readonly string[]} machine QEMU's arguments
 * @property {string} [parameters] of the kernel command line
 * @property {Readonly<Record<string, Buffer>>} [tables] ACPI tables that firmware has in place of QEMU's (acpi.mjs)
 * @property {import('./esp.mjs').Loader} [loader] started by EFI firmware and this boot loader; default: by QEMU itself
 * @property {boolean} [realMode] boot the bzImage, as `vga=` asks for
 * @property {string} [configure] shell, at the first boot alone, before drivers are loaded: files of the configuration,
 *   which a reboot after the remedies starts from as these left it
 * @property {string} [setup] shell, before drivers are loaded at each boot: files, missing modules
 * @property {string} [prepare] shell, as root: what somebody did by hand
 * @property {readonly string[]} [ask] the doctor's arguments; default: the devices that could be given away
 * @property {'root' | 'user'} [as] who runs the doctor; default root
 * @property {'root' | 'user'} [take] who takes the device; default root
 * @property {boolean} [drive] the one who takes it wants its legacy interrupt too
 * @property {number} [memlockKib] the user's limit of locked memory
 * @property {number | string} [mib] memory that is mapped, as truth.c has it; default 16
 * @property {number} [seconds] hard limit of one boot; default: that of the architecture
 * @property {import('./expectation.mjs').RoundExpectation['devices']} devices
 * @property {readonly string[]} [causes]
 * @property {readonly string[]} [found]
 * @property {readonly string[]} [not]
 * @property {import('./expectation.mjs').RoundExpectation & Mending} [mended] after remedies were followed
 *
 * @typedef {object} Mending
 * @property {readonly string[]} [follow] codes of the causes whose remedies are followed; default: those that fail
 * @property {Readonly<Record<string, string>>} [fill] what the reader has to fill in: word → value
 * @property {string} [setup] the scenario's own after the remedies, where what it takes away is among what they bring
 * @property {readonly string[]} [machine] the machine after the remedies, where it is among what they change
 *
 * @typedef {object} Outcome
 * @property {string} scenario
 * @property {import('./kernels.mjs').Kernel} kernel
 * @property {{ round: string, device: string, verdict: string, truth: string }[]} rows
 * @property {string[]} mismatches
 * @property {number} seconds
 */

/** Directories in use, so that an interrupted lab takes them along. */
const works = new Set()
process.once('exit', () => {
  for (const work of works) rmSync(work, { recursive: true, force: true })
})

/**
 * Boots a scenario on a kernel, as often as its remedies ask for, and holds the results against the expectation.
 * @param {string} name
 * @param {Scenario} scenario
 * @param {import('./kernels.mjs').Kernel} kernel
 * @param {{ doctor: string, efi?: string | undefined, keep?: string | undefined, record?: string | undefined }} options
 *   the doctor's dist directory; what efi.mjs got; where to leave everything that came back; the fixtures directory to
 *   record into
 * @returns {Promise<Outcome>}
 */
export async function runScenario(name, scenario, kernel, options) {
  const began = Date.now()
  const outcome = { scenario: name, kernel, rows: [], mismatches: [], seconds: 0 }
  const work = await mkdtemp(join(tmpdir(), 'vfio-doctor-lab-'))
  works.add(work)
  try {
    const first = await boot(work, scenario, kernel, options, {
      round: 'first',
      mend: scenario.mended ?? null,
    })
    if (!first.ok) outcome.mismatches.push(first.why)
    else {
      await add(outcome, 'first', scenario, first.directory)
      outcome.mismatches.push(...(await failedSteps(first.directory)))
      const again = await replay(options.doctor, scenario, first.directory)
      outcome.mismatches.push(...(again?.mismatches ?? []))
      if (options.record !== undefined && again !== null) {
        await record(options.record, name, scenario, kernel, first.directory, {
          devices: asked(scenario),
          status: again.status,
        })
      }
      if (scenario.mended !== undefined) {
        const etc = join(first.directory, 'etc.tar.gz')
        const second = existsSync(etc)
          ? await boot(work, scenario, kernel, options, { round: 'mended', mend: null, etc })
          : first
        if (second !== first && second.ok) outcome.mismatches.push(...(await failedSteps(second.directory)))
        if (!second.ok) outcome.mismatches.push(`after the remedies: ${second.why}`)
        else await add(outcome, 'mended', scenario.mended, second.directory)
      }
    }
    if (options.keep !== undefined) await keep(work, join(options.keep, `${name}-${kernel.label}`))
  } finally {
    await rm(work, { recursive: true, force: true })
    works.delete(work)
  }
  outcome.seconds = (Date.now() - began) / 1000
  return outcome
}

async function boot(work, scenario, kernel, options, { round, mend, etc }) {
  const directory = join(work, round)
  await mkdir(directory)
  const image = join(work, `${round}.cpio`)
  const plan = {
    round,
    ...questions(round === 'first' ? scenario : { ask: scenario.ask, ...scenario.mended }),
    // A change of the machine is seen at the next start.
    mend:
      mend === null
        ? null
        : {
            follow: mend.follow ?? null,
            machine: mend.machine !== undefined,
            ...questions({ ask: scenario.ask, ...mend }),
          },
    fill: scenario.mended?.fill ?? {},
    as: scenario.as ?? 'root',
    take: scenario.take ?? 'root',
    drive: scenario.drive ?? false,
    mib: scenario.mib ?? 16,
    memlockKib: scenario.memlockKib ?? null,
    capture: options.keep !== undefined || options.record !== undefined,
  }
  // What was done by hand is gone after a reboot; what was configured is in /etc.
  const prepare = round === 'first' ? scenario.prepare : undefined
  const functions = [
    shell('first_boot', round === 'first' ? 'true' : 'false'),
    shell('configure', scenario.configure),
    shell('setup', round === 'first' ? scenario.setup : (scenario.mended.setup ?? scenario.setup)),
    shell('prepare', prepare),
  ].join('')
  const efi = scenario.loader === undefined ? undefined : options.efi
  const files = join(work, `${round}.files`)
  const parts = { scenario: functions, plan, doctor: options.doctor, efi, etc, tables: scenario.tables }
  await writeImage(image, kernel, parts, files)
  const left = etc === undefined ? undefined : join(files, 'own')
  // What the remedies left may be no boot entry that could be started.
  const start = await startArguments({ scenario, kernel, image, efi, work, left }).catch((error) => error)
  if (start instanceof Error) return { ok: false, why: start.message }
  const ran = await bootGuest({
    architecture: kernel.architecture,
    start,
    directory,
    seconds: scenario.seconds ?? kernel.architecture.seconds,
    machine: (round === 'mended' ? scenario.mended.machine : undefined) ?? scenario.machine,
  })
  await rm(image)
  return ran.ok ? { ok: true, directory } : ran
}

/** The doctor's own steps that a shell could not do. */
async function failedSteps(directory) {
  const notes = (await readFile(join(directory, 'notes.jsonl'), 'utf8').catch(() => '')).split('\n').filter(Boolean)
  return notes
    .map((line) => JSON.parse(line))
    .filter((note) => note.what === 'step' && note.status !== 0)
    .map((note) => `a step of ${note.action} ended with status ${note.status}: ${note.run} (${note.output.trim()})`)
}

function questions(expected) {
  return { devices: Object.keys(expected.devices), ask: asked(expected) }
}

/** Whom the doctor is asked about: those who could be given away, unless the scenario says. */
function asked({ ask, devices }) {
  return ask ?? Object.keys(devices).filter((address) => devices[address].verdict !== 'not-assignable')
}

function shell(name, body) {
  return `${name}() {\n${body?.trim() || ':'}\n}\n`
}

async function add(outcome, round, expected, directory) {
  const report = await readFile(join(directory, round, 'report.json'), 'utf8').then(parse, () => null)
  const truths = (await readFile(join(directory, 'truth.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter((truth) => truth.round === round)
  const { rows, mismatches } = judge(expected, report, truths)
  outcome.rows.push(...rows.map((row) => ({ round, ...row })))
  outcome.mismatches.push(...mismatches.map((text) => (round === 'first' ? text : `after the remedies: ${text}`)))
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * Diagnosed here, the capture must give the verdicts that the doctor gave there.
 * @returns {Promise<{ status: number, mismatches: string[] } | null>} null where there is no capture or no report
 */
async function replay(doctor, scenario, directory) {
  const capture = join(directory, 'first/capture.json.gz')
  const live = await readFile(join(directory, 'first/report.json'), 'utf8').then(parse, () => null)
  if (!existsSync(capture) || live === null) return null
  const question = ['--capture', capture, '--format', 'json', ...asked(scenario)]
  const { stdout, status } = await run(process.execPath, [join(doctor, 'vfio-doctor.cjs'), ...question], {
    anyStatus: true,
  })
  const replayed = parse(stdout)
  const mismatches = Object.keys(scenario.devices).flatMap((address) => {
    const [there, here] = [live, replayed].map((report) => report?.devices?.find((one) => one.address === address))
    if (there?.verdict === here?.verdict) return []
    return [`${address}: ${there?.verdict} on the host, and ${here?.verdict} from its capture`]
  })
  return { status, mismatches }
}

async function keep(work, target) {
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  for (const round of ['first', 'mended']) {
    if (existsSync(join(work, round))) await cp(join(work, round), join(target, round), { recursive: true })
  }
}
