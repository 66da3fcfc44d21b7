import { complain, writeWhole } from '../output.ts'
import { progress } from '../look.ts'
import { openHost } from '../sources.ts'

export interface CaptureArguments {
  readonly output: string
  readonly root?: string | undefined
  readonly redact: boolean
}

/** Collects as a diagnosis does, and keeps all that was read. */
export async function runCapture(args: CaptureArguments): Promise<number> {
  const [{ collect }, { recordingHost }, { redactCapture }, { serializeCapture }] = await Promise.all([
    import('../../collect/collect.ts'),
    import('../../host/recording.ts'),
    import('../../host/redact-capture.ts'),
    import('../../host/capture-file.ts'),
  ])
  const recording = recordingHost(await openHost({ root: args.root }))
  const done = progress('reading this machine')
  try {
    await collect(recording.host)
  } finally {
    done()
  }
  const capture = args.redact ? redactCapture(recording.capture()) : recording.capture()
  writeWhole(args.output, serializeCapture(capture, { gzip: args.output.endsWith('.gz') }))
  const masked = args.redact ? 'names, serials and network addresses are masked' : 'nothing is masked'
  complain(`wrote ${args.output} (${masked}); diagnose it with vfio-doctor --capture ${args.output}\n`)
  return 0
}
