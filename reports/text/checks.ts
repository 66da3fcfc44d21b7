import type { CheckReport, Report } from '../../src/model/report.ts'
import type { Part } from '../plan.ts'
import { questions, shownGaps } from '../select.ts'
import { checksSummary, evidenceText, gapWords, missingText, otherGapsWords, assertedTitle } from '../sentences.ts'
import { hang } from '../width.ts'
import { STATUSES } from '../wording.ts'
import { heading, labelled, marked, titled, type Page, type Section } from './page.ts'
import { stepLines } from './steps.ts'

/** What could not be told, by reason, and what would settle it. Nothing here passes or fails. */
export function unknownSections(report: Report, told: readonly Part[], page: Page): readonly Section[] {
  const found = shownGaps(report, page.verbose)
  const steps = questions(report, told)
  const others = otherGapsWords(found)
  const texts = [...found.gaps.map(gapWords), ...(others === null ? [] : [others])]
  return [
    texts.length === 0
      ? []
      : [...heading('Could not tell', page), ...texts.flatMap((text) => marked('unknown', page.short(text), page))],
    steps.length === 0
      ? []
      : [
          ...heading('What would settle it', page),
          ...steps.flatMap((step) => stepLines(null, { ...step, effect: 'none' }, false, page)),
        ],
  ]
}

/** Checks that broke down: a fault of the doctor, never hidden. */
export function crashSection(report: Report, page: Page): Section {
  return report.checks.flatMap((one) =>
    one.status === 'crash'
      ? marked('bad', `The check ${one.id} broke down, which is a fault of vfio-doctor: ${one.message}`, page)
      : [],
  )
}

/** All checks in one line, and where to read on. */
export function summaryLines(report: Report, page: Page): Section {
  const [first] = report.causes
  const hints = [
    ...(page.verbose ? [] : ['--verbose shows each']),
    ...(first === undefined ? [] : [`vfio-doctor explain ${first.code} tells more`]),
  ]
  const summary = `${checksSummary(report.checks)}.`
  const hint = hints.join('; ')
  const line = `  ${summary}${hint === '' ? '' : `   ${hint}`}`
  return line.length <= page.width ? [line] : [...hang('  ', summary, page.width), ...hang('  ', hint, page.width)]
}

/** Each check with what it rests on. */
export function checkSections(report: Report, page: Page): readonly Section[] {
  return [[...heading('Checks', page)], ...report.checks.map((one) => checkSection(one, page))]
}

function checkSection(check: CheckReport, page: Page): Section {
  const { tone, word } = STATUSES[check.status]
  return [
    ...titled(tone, `${check.title}: ${word}`, check.id, page),
    ...details(check, page),
    ...labelled('unknown', check.missing.map(missingText), page),
  ]
}

function details(check: CheckReport, page: Page): Section {
  switch (check.status) {
    case 'pass':
      return labelled('seen', check.evidence.map(evidenceText), page)
    case 'info':
    case 'warn':
    case 'fail':
      return labelled(
        'found',
        [...new Set(check.findings.map((one) => page.short(`${one.code}: ${assertedTitle(one)}`)))],
        page,
      )
    case 'skip':
      return labelled('because', [page.short(check.because)], page)
    case 'crash':
      return labelled('said', [check.message], page)
    case 'unknown':
      return []
    default:
      return check satisfies never
  }
}
