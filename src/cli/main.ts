#!/usr/bin/env node
import { complain } from './output.ts'
import { UserError } from './errors.ts'

/**
 * The door: `--version` needs no parser, everything else goes through yargs. The exit status is set, never forced, so
 * that a long report reaches its pipe whole.
 */
async function main(argv: readonly string[]): Promise<number> {
  const { runCommandLine } = await import('./command-line.ts')
  return runCommandLine(argv)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UserError) {
    complain(`vfio-doctor: ${error.message}\n`)
    process.exitCode = error.status
  } else {
    const text = error instanceof Error ? error.message : String(error)
    complain(`vfio-doctor: a fault of its own: ${text}\nPlease report it with the output of vfio-doctor capture.\n`)
    if (process.env['VFIO_DOCTOR_DEBUG'] !== undefined && error instanceof Error) complain(`${error.stack ?? ''}\n`)
    process.exitCode = 2
  }
}
