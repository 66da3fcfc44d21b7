import { runCommandLine } from './command-line.ts'
import { complain } from './output.ts'
import { UserError } from './errors.ts'

/** Runs a command line and gives the exit status, when all that it has to say has been taken by whoever reads it. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await runCommandLine(argv)
  } catch (error) {
    return explainFault(error)
  }
}

/** One line for what the user can mend; for a fault of ours what to report. Gives the exit status. */
function explainFault(error: unknown): number {
  if (error instanceof UserError) {
    complain(`vfio-doctor: ${error.message}\n`)
    return error.status
  }
  const text = error instanceof Error ? error.message : String(error)
  complain(`vfio-doctor: a fault of its own: ${text}\nPlease report it with the output of vfio-doctor capture.\n`)
  if (process.env['VFIO_DOCTOR_DEBUG'] !== undefined && error instanceof Error) complain(`${error.stack ?? ''}\n`)
  return 2
}
