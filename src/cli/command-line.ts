import { plainArguments } from './plain-arguments.ts'

/** Reads the command line, runs the command and gives its exit status. Throws UserError for what the user can mend. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const plain = plainArguments(argv)
  if (plain !== null) {
    const { runDiagnose } = await import('./commands/diagnose.ts')
    return runDiagnose(plain)
  }
  const { runFullCommandLine } = await import('./full-command-line.ts')
  return runFullCommandLine(argv)
}
