import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { DiagnoseArguments } from '../../src/cli/commands/diagnose.ts'
import { runFullCommandLine } from '../../src/cli/full-command-line.ts'
import { plainArguments } from '../../src/cli/plain-arguments.ts'

/** What yargs makes of a command line: the arguments of the diagnosis, or null where it ends otherwise. */
async function byYargs(argv: readonly string[]): Promise<DiagnoseArguments | null> {
  let seen: DiagnoseArguments | null = null
  const other = (): Promise<number> => Promise.resolve(0)
  const diagnose = (args: DiagnoseArguments): Promise<number> => {
    seen = args
    return Promise.resolve(0)
  }
  try {
    await runFullCommandLine(argv, { diagnose, capture: other, explain: other, checks: other })
  } catch {
    return null
  }
  return seen
}

/** Of `--paste -` yargs makes an empty text; both mean standard input. */
const value = (args: DiagnoseArguments | null, key: string): unknown => {
  const found = (args as Readonly<Record<string, unknown>> | null)?.[key]
  return key === 'paste' && found === '' ? '-' : found
}

const same = async (argv: readonly string[]): Promise<void> => {
  const plain = plainArguments(argv)
  const full = await byYargs(argv)
  expect(full, argv.join(' ')).not.toBeNull()
  for (const key of Object.keys(plain ?? {})) {
    expect(value(full, key), `${key} of ${argv.join(' ')}`).toEqual(value(plain, key))
  }
}

const PLAIN: readonly (readonly string[])[] = [
  [],
  ['01:00.0'],
  ['gpu', '0000:04:00.1', '10de:1b80'],
  ['10', '1e3', '0x10'],
  ['--format', 'json'],
  ['--format=markdown', '-f', 'text'],
  ['--paste', '-'],
  ['--paste=-', '--verbose'],
  ['--capture', 'a.json.gz', '-v', 'gpu', '--no-color', '--redact'],
  ['--only', 'iommu', '--only', 'binding,cpu', 'nic', '--skip=pci', '--require', '01:00.0'],
  ['--fail-on', 'never', '-q', '-o', 'report.json'],
  ['--capture=a=b'],
]

test.each(PLAIN.map((argv) => [argv.join(' '), argv] as const))('%s is read as yargs reads it', async (_name, argv) => {
  expect(plainArguments(argv)).not.toBeNull()
  await same(argv)
})

const LEFT: readonly (readonly string[])[] = [
  ['--help'],
  ['--version'],
  ['capture'],
  ['gpu', 'checks'],
  ['explain', 'bridge-cannot-bind'],
  ['--bogus'],
  ['--format', 'yaml'],
  ['--failOn', 'warn'],
  ['--fail-on=maybe'],
  ['--capture'],
  ['--capture='],
  ['--paste'],
  ['--paste', ''],
  ['--verbose=false'],
  ['-v', '-q'],
  ['-fjson'],
  ['-vo', 'x'],
  ['--capture', 'a', '--root', '/'],
  ['--paste', '-', '--root', '/'],
  ['--', 'gpu'],
  ['"gpu"'],
  [''],
]

test.each(LEFT.map((argv) => [argv.join(' '), argv] as const))('%s is left to yargs', (_name, argv) => {
  expect(plainArguments(argv)).toBeNull()
})

const WORD = oneof(
  constantFrom(...new Set([...PLAIN, ...LEFT].flat())),
  constantFrom(
    '--no-redact',
    '--no-capture',
    '--no-verbose',
    '-x',
    '-qv',
    '-o',
    '-f',
    '--only',
    '-1',
    '1',
    '.5',
    'a.b',
  ),
  constantFrom('--color', '--root', '--root=/', '--require=gpu', '--f', '--o=x', '-f=json', '-o=x', '--only=a b', '-'),
  string({ maxLength: 6 }),
  string({ maxLength: 4 }).map((text) => `--only=${text}`),
  string({ maxLength: 3 }).map((text) => `-${text}`),
)

test('whatever is read without yargs, yargs reads alike', async () => {
  await assert(
    asyncProperty(array(WORD, { maxLength: 5 }), async (argv) => {
      if (plainArguments(argv) !== null) await same(argv)
    }),
    { numRuns: 600 },
  )
})
