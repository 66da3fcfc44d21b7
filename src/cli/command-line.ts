import yargs from 'yargs'
import { UserError } from './errors.ts'
import { print } from './output.ts'
import { version } from './version.ts'

const FAIL_ON = ['fail', 'warn', 'unknown', 'never'] as const
const FORMAT_NAMES = ['text', 'markdown', 'json'] as const

/** Options that say how a report looks and where it goes; several commands share them. */
const LOOK = {
  format: { alias: 'f', choices: FORMAT_NAMES, default: 'text', describe: 'how the report is written' },
  output: {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    describe: 'write to this file instead (whole or not at all)',
  },
  color: { type: 'boolean', describe: 'colours and symbols (default: on a terminal)' },
} as const

const DIAGNOSE = {
  capture: { type: 'string', requiresArg: true, describe: 'diagnose a saved capture' },
  paste: { type: 'string', describe: 'diagnose pasted text: a file, or - for standard input' },
  root: { type: 'string', requiresArg: true, describe: 'read this tree in place of /' },
  only: { type: 'array', string: true, requiresArg: true, describe: 'run these checks alone (ids or areas)' },
  skip: { type: 'array', string: true, requiresArg: true, describe: 'leave these checks out (ids or areas)' },
  require: { type: 'array', string: true, requiresArg: true, describe: 'fail unless each of these devices is ready' },
  'fail-on': { choices: FAIL_ON, default: 'fail', describe: 'what makes the exit status 1' },
  redact: { type: 'boolean', describe: 'mask names and addresses (default: for markdown)' },
  verbose: { alias: 'v', type: 'boolean', describe: 'show every check and device' },
  quiet: { alias: 'q', type: 'boolean', describe: 'the answer alone' },
} as const

/** Parses the command line, runs the command and gives its exit status. Throws UserError for what the user can mend. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let status = 0
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
          .conflicts({ capture: ['paste', 'root'], paste: 'root', verbose: 'quiet' }),
      async (args) => {
        const { runDiagnose } = await import('./commands/diagnose.ts')
        const { verbose = false, quiet = false, failOn } = args
        status = await runDiagnose({ ...args, devices: words(args.device), failOn, verbose, quiet })
      },
    )
    .command(
      'capture',
      'save what the doctor reads here, for someone else to diagnose',
      (build) =>
        build.options({
          output: { ...LOOK.output, default: 'vfio-doctor.capture.json.gz' },
          root: DIAGNOSE.root,
          redact: { type: 'boolean', default: true, describe: 'mask names, serials and network addresses' },
        }),
      async (args) => {
        const { runCapture } = await import('./commands/capture.ts')
        status = await runCapture({ output: args.output, root: args.root, redact: args.redact })
      },
    )
    .command(
      'explain [code]',
      'what a finding means, how it is known, what to do',
      (build) =>
        build.positional('code', { type: 'string', describe: 'as in a report; none lists them all' }).options(LOOK),
      async (args) => {
        const { runExplain } = await import('./commands/explain.ts')
        status = await runExplain({ ...args, code: args.code })
      },
    )
    .command(
      'checks',
      'the checks, what they need, what they can find',
      (build) => build.options(LOOK),
      async (args) => {
        const { runChecks } = await import('./commands/checks.ts')
        status = await runChecks(args)
      },
    )
    .example('vfio-doctor 01:00.0', 'can this device be given to a guest?')
    .example('vfio-doctor gpu --format markdown', 'the same as a post for a forum')
    .epilogue('Exit status: 0 nothing in the way, 1 something is, 2 usage or a fault of ours, 3 could not examine.')
    .wrap(80)
  await parser.parseAsync(argv, {}, (_error, _args, output) => {
    // Help and version texts come this way; errors go through fail().
    if (output !== '') void print(`${output}\n`)
  })
  return status
}

/** What yargs says of a bad value goes over several lines and repeats the value as it was typed. */
function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/[^\x20-\x7e]/g, '?')
}

const REPEATABLE: ReadonlySet<string> = new Set(['_', 'device', 'only', 'skip', 'require'])

/** Of an option that is given twice and takes one value the last counts, as shells' aliases need it. */
function lastOfRepeated(args: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(args))
    if (Array.isArray(value) && !REPEATABLE.has(key)) args[key] = value.at(-1)
}

function words(device: readonly string[] | undefined): readonly string[] {
  return (device ?? []).map(String)
}
