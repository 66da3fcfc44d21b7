import { runDiagnose } from './commands/diagnose.ts'
import { runFullCommandLine } from './full-command-line.ts'
import { plainArguments } from './plain-arguments.ts'

/** Reads the command line, runs the command and gives its exit status. Throws UserError for what the user can mend. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const plain = plainArguments(argv)
  return plain === null ? runFullCommandLine(argv) : runDiagnose(plain)
}
