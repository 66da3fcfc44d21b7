import { CHECKS } from '../../../checks/registry.ts'
import { FORMATS } from '../../../reports/index.ts'
import { diagnose } from '../../diagnose/diagnose.ts'
import { resolveDevice } from '../devices.ts'
import { exitStatus, type FailOn } from '../exit-status.ts'
import { deliver, progress, terminal, type Look } from '../look.ts'
import { redactReport } from '../redact-report.ts'
import { pieces, selectChecks } from '../select.ts'
import { readMachine, type Origin, type ReadMachine } from '../sources.ts'
import { version } from '../version.ts'

export interface DiagnoseArguments extends Look, Origin {
  readonly devices: readonly string[]
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly require?: readonly string[] | undefined
  readonly failOn: FailOn
  readonly redact?: boolean | undefined
  readonly verbose: boolean
  readonly quiet: boolean
}

/** The main job: a machine from wherever, the checks over it, a report in the format asked for. */
export async function runDiagnose(args: DiagnoseArguments): Promise<number> {
  const checks = selectChecks(CHECKS, args.only, args.skip)
  const done = progress('examining this machine')
  let read: ReadMachine
  try {
    read = await readMachine(args)
  } finally {
    done()
  }
  const { machine } = read
  const paste = args.paste !== undefined
  const resolve = (words: readonly string[]): readonly string[] => [
    ...new Set(words.flatMap((word) => resolveDevice(word, machine.facts, paste))),
  ]
  const required = resolve(pieces(args.require))
  const asked = [...new Set([...resolve(args.devices), ...required])]
  const report = diagnose(machine, checks, { asked, version })
  const mask = args.redact ?? args.format === 'markdown'
  const shown = mask ? redactReport(report, read.names()) : report
  const render = FORMATS[args.format]
  await deliver(render(shown, { ...terminal(args), verbose: args.verbose, quiet: args.quiet, redacted: mask }), args)
  return exitStatus(report, args.failOn, required)
}
