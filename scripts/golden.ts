import { CHECKS } from '../checks/registry.ts'
import { FORMATS, type Format } from '../reports/index.ts'
import { resolveDevice } from '../src/cli/devices.ts'
import { exitStatus } from '../src/cli/exit-status.ts'
import { redactReport } from '../src/cli/redact-report.ts'
import { collect } from '../src/collect/collect.ts'
import { diagnose } from '../src/diagnose/diagnose.ts'
import { parseCapture } from '../src/host/capture-file.ts'
import { knownOf } from '../src/host/known.ts'
import { recordedHost } from '../src/host/recorded.ts'
import type { Known } from '../src/host/redact.ts'
import type { Machine } from '../src/model/machine.ts'
import type { Report } from '../src/model/report.ts'

/** One question to a machine, as it stands in its origin.json. */
export interface GoldenQuestion {
  /** Part of the files' names; left out where a machine is asked one thing alone. */
  readonly name?: string
  readonly devices: readonly string[]
  /** Exit status with the default --fail-on. */
  readonly status?: number
}

export const EXTENSIONS: Readonly<Record<Format, string>> = { text: 'txt', markdown: 'md', json: 'json' }

/** In golden reports the version stays the same from release to release. */
export const GOLDEN_VERSION = '0.0.0'

/** A machine, and the names that its own files give it. */
export interface RecordedMachine {
  readonly machine: Machine
  readonly names: Known
}

/** The machine in a capture file, as `--capture` reads it. */
export async function machineIn(bytes: Uint8Array): Promise<RecordedMachine> {
  const parsed = parseCapture(bytes)
  if (!parsed.ok) throw new Error(parsed.message)
  const host = recordedHost(parsed.capture)
  return { machine: await collect(host), names: knownOf(host) }
}

/** The report on the question, all checks run. */
export function reportOn(
  { machine }: RecordedMachine,
  question: Pick<GoldenQuestion, 'devices'>,
  version: string = GOLDEN_VERSION,
): Report {
  const asked = [...new Set(question.devices.flatMap((word) => resolveDevice(word, machine.facts, false)))]
  return diagnose(machine, CHECKS, { asked, version })
}

export interface Golden {
  /** By the names of the files. */
  readonly files: Readonly<Record<string, string>>
  readonly status: number
}

/** What the program writes into a pipe: 80 columns, neither colours nor symbols; Markdown with names masked. */
export async function golden(read: RecordedMachine, question: GoldenQuestion): Promise<Golden> {
  const report = reportOn(read, question)
  const masked = redactReport(report, read.names)
  const formats: readonly Format[] = ['text', 'markdown', 'json']
  const files = await Promise.all(
    formats.map(async (format) => {
      const redacted = format === 'markdown'
      const render = FORMATS[format]
      const name = `${stemOf(question)}.${EXTENSIONS[format]}`
      return [name, render(redacted ? masked : report, { ...PIPE, redacted })] as const
    }),
  )
  return { files: Object.fromEntries(files), status: exitStatus(report, 'fail', []) }
}

export function stemOf({ name }: GoldenQuestion): string {
  return name === undefined ? 'expected' : `expected.${name}`
}

const PIPE = { width: 80, color: false, unicode: false, verbose: false, quiet: false } as const
