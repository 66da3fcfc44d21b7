import type { CheckReport, Report } from '../../src/model/report.ts'
import { machineRows } from '../machine-words.ts'
import { gaps, groupsInTheWay, type SharedCause } from '../select.ts'
import { checksSummary, evidenceText, evidenceTexts, missingText } from '../sentences.ts'
import { STATUSES, type Shorten } from '../wording.ts'
import { block, prose, span, table } from './escape.ts'

/** Pieces of evidence shown of one cause, so that a post stays within what a forum takes. */
const EVIDENCE = 6

/** The machine, the evidence of each cause, what could not be told, and every check. */
export function evidenceParts(
  report: Report,
  causes: readonly SharedCause[],
  verbose: boolean,
  short: Shorten,
): readonly string[] {
  const missing = gaps(report.checks).map((one) => missingText(one.missing))
  const groups = verbose ? report.groups : groupsInTheWay(report)
  return [
    table(
      ['Machine', ''],
      machineRows(report).map(([label, value]) => [label, value === null ? 'could not tell' : prose(value)]),
    ),
    ...causes.flatMap((cause) => {
      const seen = evidenceTexts(cause.evidence)
      const shown = verbose ? seen : seen.slice(0, EVIDENCE)
      const rest = seen.length - shown.length
      return [
        `Seen for ${span(cause.code)}:`,
        block([...shown, ...(rest === 0 ? [] : [`and ${rest} more`])].join('\n')),
      ]
    }),
    ...(groups.length === 0
      ? []
      : [`IOMMU groups${verbose ? '' : ' that stand in the way'}:`, block(groups.map(groupText).join('\n'))]),
    ...(missing.length === 0 ? [] : ['Could not be told:', block(missing.join('\n'))]),
    `${checksSummary(report.checks)}.`,
    ...(report.checks.length === 0 ? [] : [checkTable(report.checks, short)]),
    ...(verbose ? report.checks.flatMap(passParts) : []),
  ]
}

function groupText(group: Report['groups'][number]): string {
  return `${group.id}: ${group.devices.join(' ')} (${group.why})`
}

function checkTable(checks: readonly CheckReport[], short: Shorten): string {
  return table(
    ['Check', 'What it looks for', 'Result'],
    checks.map((one) => [span(one.id), prose(short(one.title)), `${STATUSES[one.status].word}${resultDetail(one)}`]),
  )
}

function resultDetail(check: CheckReport): string {
  switch (check.status) {
    case 'skip':
      return `: ${prose(check.because)}`
    case 'crash':
      return `, a fault of vfio-doctor: ${prose(check.message)}`
    case 'info':
    case 'warn':
    case 'fail':
      return `: ${[...new Set(check.findings.map((one) => span(one.code)))].join(', ')}`
    case 'pass':
    case 'unknown':
      return ''
    default:
      return check satisfies never
  }
}

function passParts(check: CheckReport): readonly string[] {
  if (check.status !== 'pass') return []
  return [`Seen for ${span(check.id)}:`, block(check.evidence.map(evidenceText).join('\n'))]
}
