import type { DiagnoseArguments } from './commands/diagnose.ts'
import { COMMANDS, CONFLICTS, DIAGNOSE, LOOK } from './options.ts'

type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/**
 * What an ordinary command line of the diagnosis says, read without yargs, which takes longer to start than a diagnosis.
 * Null where anything is out of the ordinary (another command, help, an unknown or contradictory option, a value that is
 * missing or dressed up): yargs reads that, and has the words for it. Where this answers, yargs answers the same. Our own,
 * since Node's parseArgs is one in fifty of the instructions of a whole run.
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

/** Each option by its words on the command line, `--format` and `-f`, with its name in the tables. */
function optionsByWord(): ReadonlyMap<string, { readonly name: string; readonly type: string }> {
  const options = new Map<string, { readonly name: string; readonly type: string }>()
  for (const [name, option] of Object.entries({ ...LOOK, ...DIAGNOSE })) {
    const entry = { name, type: 'type' in option ? option.type : 'string' }
    options.set(`--${name}`, entry)
    if ('alias' in option) options.set(`-${option.alias}`, entry)
  }
  return options
}

/** The words sorted out: the last value of an option counts, and all of a list. Null where something is amiss. */
function parsed(argv: readonly string[]): { values: Values; positionals: readonly string[] } | null {
  const options = optionsByWord()
  const values: Record<string, string | boolean | readonly string[]> = {}
  const positionals: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-')) {
      positionals.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const asked = equals < 0 ? word : word.slice(0, equals)
    const no = !options.has(asked) && asked.startsWith('--no-')
    const option = options.get(no ? `--${asked.slice('--no-'.length)}` : asked)
    if (option === undefined || (option.type === 'boolean' ? equals >= 0 : no)) return null
    const { name, type } = option
    if (type === 'boolean') {
      values[name] = !no
      continue
    }
    const value = equals < 0 ? argv[++at] : word.slice(equals + 1)
    if (value === undefined || (value.startsWith('-') && value !== '-')) return null
    const before = values[name]
    values[name] = type === 'array' ? [...(Array.isArray(before) ? before : []), value] : value
  }
  return { values, positionals }
}

function text(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function truth(value: Values[string]): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function list(value: Values[string]): readonly string[] | undefined {
  return typeof value === 'object' ? value : undefined
}
