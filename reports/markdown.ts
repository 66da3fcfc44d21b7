import type { DeviceReport, Report } from '../src/model/report.ts'
import { cleanAll } from './clean.ts'
import { headWords } from './machine-words.ts'
import { document, prose, span, table } from './markdown/escape.ts'
import { evidenceParts } from './markdown/evidence.ts'
import { stepParts } from './markdown/steps.ts'
import type { RenderOptions } from './renderer.ts'
import { plan, type Part } from './plan.ts'
import { chooseDevices, questions, shareCauses, shownGaps, type SharedCause } from './select.ts'
import {
  causeTitle,
  deviceWords,
  driverWords,
  gapWords,
  otherGapsWords,
  groupWords,
  partTitle,
  restWords,
  symptomWords,
} from './sentences.ts'
import { DEVICE_VERDICTS, listed, MACHINE_VERDICTS, SEVERITIES, shortener, type Shorten } from './wording.ts'

/**
 * For an issue, Reddit or a forum: a summary, then the evidence folded. GitHub folds with `<details>`; Reddit shows
 * that tag as text. So there is one fold alone, last, with its tags on lines of their own: there it reads as a heading
 * with odd brackets, and everything above it is plain Markdown that both show alike.
 */
export function renderMarkdown(given: Report, options: RenderOptions): string {
  const report = cleanAll(given)
  const short = shortener(report)
  const causes = shareCauses(report.causes)
  const answer = answerLine(report, short)
  const parts = plan(report, causes, options.verbose)
  if (options.quiet) return document([answer, ...causes.map((one) => causeHead(one, short))])
  return document([
    answer,
    headWords(report).map(prose).join(', '),
    ...causes.flatMap((one) => causeParts(one, short)),
    ...todoParts(parts, short),
    ...deviceParts(report, options.verbose, short),
    ...unknownParts(report, parts, options.verbose, short),
    '<details><summary>Evidence and checks</summary>',
    ...evidenceParts(report, causes, options.verbose, short),
    '</details>',
    `*${report.tool.name} ${prose(report.tool.version)}. ${redaction(options.redacted)}*`,
  ])
}

function answerLine(report: Report, short: Shorten): string {
  const { words } = MACHINE_VERDICTS[report.verdict]
  const headline = short(report.headline)
  const said = headline.toLowerCase().indexOf(words)
  // "Ready" may be a word of the sentence; "worth a look" is the verdict wherever it stands.
  if (said === 0 || (said > 0 && report.verdict === 'attention')) return `**${prose(headline)}**`
  return `**${words.charAt(0).toUpperCase()}${words.slice(1)}.** ${prose(headline)}`
}

function causeHead(cause: SharedCause, short: Shorten): string {
  const { word } = SEVERITIES[cause.severity]
  return `**${prose(causeTitle(cause, short))}** (${word}, ${span(cause.code)})`
}

function causeParts(cause: SharedCause, short: Shorten): readonly string[] {
  const symptoms = cause.explains.map((one) => prose(symptomWords(one, short)))
  return [
    causeHead(cause, short),
    prose(short(cause.summary)),
    ...(symptoms.length === 0 ? [] : [`It explains ${listed(symptoms)}.`]),
  ]
}

function todoParts(parts: readonly Part[], short: Shorten): readonly string[] {
  let number = 0
  return parts.flatMap((part) => [
    `### ${prose(partTitle(part, parts.length, short))}`,
    ...part.steps.flatMap((step) => stepParts(`${++number}.`, step, part.noReboot, short)),
  ])
}

function deviceParts(report: Report, verbose: boolean, short: Shorten): readonly string[] {
  const { shown, rest } = chooseDevices(report, verbose)
  const row = (one: DeviceReport): readonly string[] => [
    short(one.address),
    prose(deviceWords(one)) + (one.id === null || one.name === null ? '' : ` \\[${prose(one.id)}\\]`),
    prose(driverWords(one)),
    groupWords(one),
    DEVICE_VERDICTS[one.verdict].words + (one.because.length === 0 ? '' : ` (${one.because.map(span).join(', ')})`),
  ]
  if (shown.length + rest.length === 0) return []
  return [
    '### Devices',
    ...(shown.length === 0 ? [] : [table(['Device', 'What', 'Driver', 'Group', 'Verdict'], shown.map(row))]),
    ...(rest.length === 0 ? [] : [`${restWords(rest, shown.length)}.`]),
  ]
}

function unknownParts(report: Report, parts: readonly Part[], verbose: boolean, short: Shorten): readonly string[] {
  const found = shownGaps(report, verbose)
  const steps = questions(report, parts)
  const others = otherGapsWords(found)
  const texts = [...found.gaps.map(gapWords), ...(others === null ? [] : [others])]
  return [
    ...(texts.length === 0 ? [] : ['### Could not tell', texts.map((text) => `- ${prose(short(text))}`).join('\n')]),
    ...(steps.length === 0
      ? []
      : [
          '### What would settle it',
          ...steps.flatMap((step) => stepParts('', { ...step, effect: 'none' }, false, short)),
        ]),
  ]
}

function redaction(redacted: boolean | undefined): string {
  if (redacted === true) return 'This report was redacted: names, serial numbers and network addresses are masked.'
  if (redacted === false) return 'This report was not redacted: it may hold names and serial numbers.'
  return 'Reports in Markdown are redacted (names, serial numbers and network addresses masked) unless --no-redact was given.'
}
