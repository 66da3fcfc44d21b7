import { collect } from '../../collect/collect.ts'
import { serializeCapture } from '../../host/capture-file.ts'
import { knownOf } from '../../host/known.ts'
import { recordingHost } from '../../host/recording.ts'
import { redactCapture } from '../../host/redact-capture.ts'
import { trimCapture } from '../../host/trim.ts'
import { progress } from '../look.ts'
import { complain, writeWhole } from '../output.ts'
import { openHost } from '../sources.ts'

export interface CaptureArguments {
  readonly output: string
  readonly root?: string | undefined
  readonly redact: boolean
}

/** Collects as a diagnosis does, and keeps all that was read. */
export async function runCapture(args: CaptureArguments): Promise<number> {
  const host = openHost({ root: args.root })
  const recording = recordingHost(host)
  const done = progress('reading this machine')
  try {
    await collect(recording.host)
  } finally {
    done()
  }
  const whole = trimCapture(recording.capture())
  const capture = args.redact ? redactCapture(whole, knownOf(host)) : whole
  writeWhole(args.output, serializeCapture(capture, { gzip: args.output.endsWith('.gz') }))
  const masked = args.redact ? 'names, serials and network addresses are masked' : 'nothing is masked'
  complain(`wrote ${args.output} (${masked}); diagnose it with vfio-doctor --capture ${args.output}\n`)
  return 0
}
