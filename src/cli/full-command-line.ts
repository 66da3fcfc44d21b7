import { runCapture, type CaptureArguments } from './commands/capture.ts'
import { runChecks } from './commands/checks.ts'
import { runDiagnose, type DiagnoseArguments } from './commands/diagnose.ts'
import { runExplain, type ExplainArguments } from './commands/explain.ts'
import { UserError } from './errors.ts'
import type { Look } from './look.ts'
import { COMMANDS, CONFLICTS, DIAGNOSE, LOOK } from './options.ts'
import { print } from './output.ts'
import { version } from './version.ts'

/** What the commands do, each giving its exit status. */
export interface Jobs {
  diagnose(args: DiagnoseArguments): Promise<number>
  capture(args: CaptureArguments): Promise<number>
  explain(args: ExplainArguments): Promise<number>
  checks(args: Look): Promise<number>
}

const JOBS: Jobs = {
  diagnose: runDiagnose,
  capture: runCapture,
  explain: runExplain,
  checks: runChecks,
}

/** Reads any command line with yargs, runs its command and gives the exit status. */
export async function runFullCommandLine(argv: readonly string[], jobs: Jobs = JOBS): Promise<number> {
  const { yargs } = await import('./yargs-library.ts')
  let status = 0
  let told = Promise.resolve()
  const parser = yargs([...argv])
    .scriptName('vfio-doctor')
    .version(version)
    .parserConfiguration({ 'greedy-arrays': false })
    .middleware(lastOfRepeated, true)
    .detectLocale(false)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof UserError
        ? error
        : new UserError(`${oneLine(message ?? error.message)} (see vfio-doctor --help)`)
    })
    .command(
      '$0 [device..]',
      'say whether devices can be passed through here, and what stands in the way',
      (build) =>
        build
          .positional('device', {
            type: 'string',
            array: true,
            describe: 'an address (01:00.0), an id (10de:1b80), or gpu, nic, usb, nvme, audio',
          })
          .options({ ...LOOK, ...DIAGNOSE })
          .conflicts(CONFLICTS),
      async (args) => {
        const { verbose = false, quiet = false, failOn } = args
        status = await jobs.diagnose({ ...args, devices: words(args.device), failOn, verbose, quiet })
      },
    )
    .command(
      COMMANDS.capture,
      'save what the doctor reads here, for someone else to diagnose',
      (build) =>
        build.options({
          output: { ...LOOK.output, default: 'vfio-doctor.capture.json.gz' },
          root: DIAGNOSE.root,
          redact: { type: 'boolean', default: true, describe: 'mask names, serials and network addresses' },
        }),
      async (args) => {
        status = await jobs.capture({ output: args.output, root: args.root, redact: args.redact })
      },
    )
    .command(
      `${COMMANDS.explain} [code]`,
      'what a finding means, how it is known, what to do',
      (build) =>
        build.positional('code', { type: 'string', describe: 'as in a report; none lists them all' }).options(LOOK),
      async (args) => {
        status = await jobs.explain({ ...args, code: args.code })
      },
    )
    .command(
      COMMANDS.checks,
      'the checks, what they need, what they can find',
      (build) => build.options(LOOK),
      async (args) => {
        status = await jobs.checks(args)
      },
    )
    .example('vfio-doctor 01:00.0', 'can this device be given to a guest?')
    .example('vfio-doctor gpu --format markdown', 'the same as a post for a forum')
    .epilogue('Exit status: 0 nothing in the way, 1 something is, 2 usage or a fault of ours, 3 could not examine.')
    .wrap(80)
  await parser.parseAsync(argv, {}, (_error, _args, output) => {
    // Help and version texts come this way; errors go through fail().
    if (output !== '') told = print(`${output}\n`)
  })
  await told
  return status
}

/** What yargs says of a bad value goes over several lines and repeats the value as it was typed. */
function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/[^\x20-\x7e]/g, '?')
}

/** What yargs gathers in a list by itself, and the options that are lists. */
const REPEATABLE: ReadonlySet<string> = new Set([
  '_',
  'device',
  ...Object.entries(DIAGNOSE).flatMap(([name, option]) => ('type' in option && option.type === 'array' ? [name] : [])),
])

/** Of an option that is given twice and takes one value the last counts, as shells' aliases need it. */
function lastOfRepeated(args: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(args))
    if (Array.isArray(value) && !REPEATABLE.has(key)) args[key] = value.at(-1)
}

/** Given as `--device` beside a device without it, yargs hands on one text, whatever its types say. */
function words(device: string | readonly string[] | undefined): readonly string[] {
  return [device ?? []].flat().map(String)
}
