import type { Report } from '../model/report.ts'

export type FailOn = 'fail' | 'warn' | 'unknown' | 'never'

/**
 * 0 nothing at or above `failOn`, 1 something is, 2 a fault of ours (a check crashed). `unknown` also counts what could
 * not be told. A device of `required` that is not ready makes it 1, whatever `failOn` says.
 */
export function exitStatus(report: Report, failOn: FailOn, required: readonly string[]): 0 | 1 | 2 {
  if (report.checks.some((one) => one.status === 'crash')) return 2
  const ready = (address: string): boolean =>
    report.devices.some((one) => one.address === address && one.verdict === 'ready')
  if (!required.every(ready)) return 1
  const severities = new Set<string>(report.causes.map((one) => one.severity))
  const blocked = severities.has('fail') || report.verdict === 'blocked'
  switch (failOn) {
    case 'never':
      return 0
    case 'fail':
      return blocked ? 1 : 0
    case 'warn':
      return blocked || severities.has('warn') ? 1 : 0
    case 'unknown':
      return blocked ||
        severities.has('warn') ||
        report.verdict === 'cannot-tell' ||
        report.checks.some((one) => one.status === 'unknown')
        ? 1
        : 0
    default:
      return failOn satisfies never
  }
}
