import type { Report } from '../../src/model/report.ts'
import type { SharedCause } from '../select.ts'
import { causeTitle, evidenceTexts, symptomWords } from '../sentences.ts'
import { clip } from '../width.ts'
import { listed, SEVERITIES } from '../wording.ts'
import { labelled, paragraph, titled, type Page, type Section } from './page.ts'

/** Pieces of evidence shown of the first cause, and of each after it, unless all are asked for. */
const FIRST_EVIDENCE = 3
const LATER_EVIDENCE = 1
/** Columns of one piece of evidence: three or four lines of a terminal. */
const LONGEST_EVIDENCE = 240

/**
 * The causes as ranked: the first in full, then what fails; warnings and notes after it are titles alone, unless all is
 * asked for, so that what to type is not pushed off the first screen.
 */
export function causeSections(causes: readonly SharedCause[], page: Page): readonly Section[] {
  const full = causes.filter((one, at) => page.verbose || at === 0 || one.severity === 'fail')
  const lesser = causes.filter((one) => !full.includes(one))
  return [
    ...full.map((cause, at) => causeSection(cause, at === 0 ? FIRST_EVIDENCE : LATER_EVIDENCE, page)),
    lesser.flatMap((cause) => titleLines(cause, page)),
  ]
}

/** The causes' titles alone. */
export function causeTitles(causes: readonly SharedCause[], page: Page): Section {
  return causes.flatMap((cause) => titleLines(cause, page))
}

function causeSection(cause: SharedCause, evidence: number, page: Page): Section {
  const { short, style } = page
  const seen = evidenceTexts(cause.evidence)
  const shown = page.verbose ? seen : seen.slice(0, evidence)
  const texts = shown.map((one) => (page.verbose ? one : clip(one, LONGEST_EVIDENCE, style.ellipsis)))
  const rest = seen.length - shown.length
  const more = rest === 0 ? [] : [`and ${rest} more (--verbose)`]
  const symptoms = cause.explains.map((one) => symptomWords(one, short))
  const few = page.verbose ? symptoms : symptoms.slice(0, 4)
  const others = symptoms.length - few.length
  return [
    ...titleLines(cause, page),
    ...paragraph(cause.summary, page),
    ...labelled('seen', [...texts, ...more], page),
    ...(few.length === 0
      ? []
      : labelled('explains', [listed([...few, ...(others === 0 ? [] : [`${others} more`])])], page)),
  ]
}

function titleLines(cause: SharedCause, page: Page): Section {
  return titled(SEVERITIES[cause.severity].tone, causeTitle(cause, page.short), cause.code, page)
}

/** Where there is no cause: how far that can be trusted. */
export function noCause(report: Report, page: Page): Section {
  if (report.causes.length > 0) return []
  const passed = report.checks.some((one) => one.status === 'pass')
  const unsure = report.checks.some((one) => one.missing.length > 0 || one.status === 'crash')
  if (report.verdict === 'blocked') return paragraph('What the reason is could not be told.', page)
  if (!passed) return paragraph('Nothing was found, but no check could be completed: that proves nothing.', page)
  const limit = unsure ? ', as far as could be told' : ''
  return paragraph(`Nothing was found that stands in the way${limit}.`, page)
}
