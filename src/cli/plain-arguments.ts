import { parseArgs } from 'node:util'
import type { DiagnoseArguments } from './commands/diagnose.ts'
import { COMMANDS, CONFLICTS, DIAGNOSE, LOOK } from './options.ts'

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/**
 * What an ordinary command line of the diagnosis says, read without yargs, which takes longer to start than a diagnosis.
 * Null where anything is out of the ordinary (another command, help, an unknown or contradictory option, a value that is
 * missing or dressed up): yargs reads that, and has the words for it. Where this answers, yargs answers the same.
 */
export function plainArguments(argv: readonly string[]): DiagnoseArguments | null {
  // Words without quotes or spaces, of which yargs has views of its own, and no bundle of short options.
  const ordinary = /^(?:-[a-z]|--[a-z-]+(?:=[^"'\s]+)?|[^-"'\s][^"'\s]*)$/
  const read = argv.every((word, at) => ordinary.test(word) || (word === '-' && argv[at - 1] === '--paste'))
    ? parsed(argv)
    : null
  if (read === null || read.positionals.some((word) => Object.hasOwn(COMMANDS, word))) return null
  const values: Values = read.values
  if (Object.entries(CONFLICTS).some(([one, others]) => one in values && others.some((other) => other in values))) {
    return null
  }
  const format = LOOK.format.choices.find((name) => name === (values['format'] ?? LOOK.format.default))
  const failOn = DIAGNOSE['fail-on'].choices.find((name) => name === (values['fail-on'] ?? DIAGNOSE['fail-on'].default))
  if (format === undefined || failOn === undefined) return null
  return {
    devices: read.positionals,
    format,
    failOn,
    output: text(values['output']),
    color: truth(values['color']),
    capture: text(values['capture']),
    paste: text(values['paste']),
    root: text(values['root']),
    only: list(values['only']),
    skip: list(values['skip']),
    require: list(values['require']),
    redact: truth(values['redact']),
    verbose: truth(values['verbose']) ?? false,
    quiet: truth(values['quiet']) ?? false,
  }
}

function parsed(argv: readonly string[]): { values: Values; positionals: readonly string[] } | null {
  const options = Object.fromEntries(
    Object.entries({ ...LOOK, ...DIAGNOSE }).map(([name, option]) => {
      const type = 'type' in option ? option.type : 'string'
      const kind = { type: type === 'boolean' ? 'boolean' : 'string', multiple: type === 'array' } as const
      return [name, 'alias' in option ? { ...kind, short: option.alias } : kind]
    }),
  )
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, allowNegative: true })
  } catch {
    return null
  }
}

function text(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function truth(value: Values[string]): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function list(value: Values[string]): readonly string[] | undefined {
  return typeof value === 'object' ? value.map(String) : undefined
}
