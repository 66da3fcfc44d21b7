// What may stand on a command line. yargs reads it, and says what is wrong with one; plain-arguments.ts reads the ordinary
// ones from the same tables.

/** Options that say how a report looks and where it goes; several commands share them. */
export const LOOK = {
  format: { alias: 'f', choices: ['text', 'markdown', 'json'], default: 'text', describe: 'how the report is written' },
  output: {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    describe: 'write to this file instead (whole or not at all)',
  },
  color: { type: 'boolean', describe: 'colours and symbols (default: on a terminal)' },
} as const

/** Options of the diagnosis. */
export const DIAGNOSE = {
  capture: { type: 'string', requiresArg: true, describe: 'diagnose a saved capture' },
  paste: { type: 'string', describe: 'diagnose pasted text: a file, or - for standard input' },
  root: { type: 'string', requiresArg: true, describe: 'read this tree in place of /' },
  only: { type: 'array', string: true, requiresArg: true, describe: 'run these checks alone (ids or areas)' },
  skip: { type: 'array', string: true, requiresArg: true, describe: 'leave these checks out (ids or areas)' },
  require: { type: 'array', string: true, requiresArg: true, describe: 'fail unless each of these devices is ready' },
  'fail-on': {
    choices: ['fail', 'warn', 'unknown', 'never'],
    default: 'fail',
    describe: 'what makes the exit status 1',
  },
  redact: { type: 'boolean', describe: 'mask names and addresses (default: for markdown)' },
  verbose: { alias: 'v', type: 'boolean', describe: 'show every check and device' },
  quiet: { alias: 'q', type: 'boolean', describe: 'the answer alone' },
} as const

/** Options of the diagnosis that exclude each other. */
export const CONFLICTS = { capture: ['paste', 'root'], paste: ['root'], verbose: ['quiet'] } as const

/** The words that name another job than the diagnosis, wherever they stand among the devices. */
export const COMMANDS = { capture: 'capture', explain: 'explain', checks: 'checks' } as const
