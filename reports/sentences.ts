import type { Evidence, Subject } from '../src/model/check.ts'
import type { CheckReport, DeviceReport, DeviceVerdict, Finding, MissingReport, Status } from '../src/model/report.ts'
import type { Part } from './plan.ts'
import type { GapsOfReason, SharedCause, ShownGaps } from './select.ts'
import { clip, displayWidth } from './width.ts'
import { CONFIDENCES, DEVICE_VERDICTS, listed, plural, REASONS, STATUSES, type Shorten } from './wording.ts'

/** What is said of the parts of a report, the same in every format that people read. */

export function subjectWords(subject: Subject, short: Shorten): string {
  switch (subject.kind) {
    case 'host':
      return 'this host'
    case 'group':
      return `group ${subject.id}`
    case 'device':
      return short(subject.address)
    default:
      return subject satisfies never
  }
}

/** `probe-einval@0000:03:00.0` as `probe-einval (03:00.0)`. */
export function symptomWords(key: string, short: Shorten): string {
  const at = key.indexOf('@')
  if (at < 0 || key.slice(at) === '@host') return at < 0 ? key : key.slice(0, at)
  return `${key.slice(0, at)} (${short(key.slice(at + 1)).replace(/^group:/, 'group ')})`
}

/** What a device is, in the fewest words that tell it from its neighbours. */
export function deviceWords(device: Pick<DeviceReport, 'name' | 'class' | 'id'>): string {
  return device.name ?? device.class ?? (device.id === null ? 'unknown device' : `device ${device.id}`)
}

/** The same within so many columns: the marketing name in brackets or the class tell more than a name cut short. */
export function deviceWordsWithin(device: Pick<DeviceReport, 'name' | 'class' | 'id'>, width: number): string {
  const fits = (text: string | null | undefined): text is string =>
    typeof text === 'string' && displayWidth(text) <= width
  const bracketed = device.name === null ? undefined : /\[([^[\]]+)\]$/.exec(device.name)?.[1]
  return [device.name, bracketed, device.class].find(fits) ?? clip(deviceWords(device), width, '...')
}

/** `-` is known to have none, `?` could not be told. */
export function driverWords(device: Pick<DeviceReport, 'driver'>): string {
  return device.driver === undefined ? '?' : (device.driver ?? '-')
}

export function groupWords(device: Pick<DeviceReport, 'group'>): string {
  return device.group === undefined ? '?' : device.group === null ? '-' : String(device.group)
}

/** The title as far as it is known to be so: `Likely: The IOMMU (VT-d) is switched off in firmware`. */
export function assertedTitle(finding: Pick<Finding, 'title' | 'confidence'>): string {
  return `${CONFIDENCES[finding.confidence]}${finding.title}`
}

/** `10 checks: 8 pass, 1 note, 1 could not tell` */
export function checksSummary(checks: readonly CheckReport[]): string {
  const order: readonly Status[] = ['fail', 'warn', 'info', 'pass', 'unknown', 'skip', 'crash']
  const counts = order.flatMap((status) => {
    const count = checks.filter((one) => one.status === status).length
    if (count === 0) return []
    return [`${count} ${count === 1 ? STATUSES[status].one : STATUSES[status].many}`]
  })
  return counts.length === 0 ? 'no check ran' : `${plural(checks.length, 'check')}: ${counts.join(', ')}`
}

/** The title, with the subjects that it is about where it does not name them itself. */
export function causeTitle(cause: SharedCause, short: Shorten): string {
  const [first, ...others] = cause.subjects
  const title = short(assertedTitle(cause))
  if (first === undefined || first.kind === 'host') return title
  const named = cause.title.toLowerCase().includes(first.kind === 'device' ? first.address : `group ${first.id}`)
  const unnamed = named ? others : cause.subjects
  if (unnamed.length === 0) return title
  const few = unnamed.slice(0, 4).map((one) => subjectWords(one, short))
  const rest = unnamed.length - few.length
  const all = listed([...few, ...(rest === 0 ? [] : [plural(rest, 'other')])])
  return `${title} (${named ? 'also ' : ''}${all})`
}

/** `place: what it said (wanted: that)`, as it was read: addresses are not shortened. */
export function evidenceText(evidence: Evidence): string {
  const wanted = evidence.wanted === undefined ? '' : ` (wanted: ${evidence.wanted})`
  return `${evidence.source}: ${evidence.saw}${wanted}`
}

/** The texts of some evidence, none twice. */
export function evidenceTexts(evidence: readonly Evidence[]): readonly string[] {
  return [...new Set(evidence.map(evidenceText))]
}

export function missingText(missing: MissingReport): string {
  const detail = missing.detail === undefined ? '' : `, ${missing.detail}`
  return `${missing.what}: ${REASONS[missing.reason]} (${missing.source}${detail})`
}

export function gapWords(gaps: GapsOfReason): string {
  return `${listed(gaps.things)}: ${REASONS[gaps.reason]} (missed by ${plural(gaps.checks, 'check')})`
}

/** The gaps that are not listed, in a line; null where there are none. */
export function otherGapsWords({ gaps, others }: ShownGaps): string | null {
  if (others === 0) return null
  const more = gaps.length === 0 ? plural(others, 'check') : plural(others, 'other check')
  return `${more} could not be completed with what the text shows; nothing found so far hangs on ${others === 1 ? 'it' : 'them'}`
}

/** `What to do`, or what these steps are for where there are others. */
export function partTitle(part: Part, parts: number, short: Shorten): string {
  if (part.about.kind === 'device') {
    const { device } = part.about
    return `To hand over ${short(device.address)} (${deviceWords(device)})`
  }
  if (part.about.kind === 'finish') {
    const { codes, changes } = part.about
    const about = codes.length === 0 ? '' : `about ${listed(codes)}`
    if (!changes) return parts === 1 ? 'What to do' : `What to do ${about}`
    return `Once these changes are made${about === '' ? '' : `, and ${about}`}`
  }
  return parts === 1 ? 'What to do' : `What to do about ${part.about.code}`
}

/** `34 more: 20 in use by the host, 14 bridges` */
export function restWords(rest: readonly DeviceReport[], shown: number): string {
  const counts = (Object.keys(DEVICE_VERDICTS) as DeviceVerdict[]).flatMap((verdict) => {
    const count = rest.filter((one) => one.verdict === verdict).length
    if (count === 0) return []
    return [verdict === 'not-assignable' ? plural(count, 'bridge') : `${count} ${DEVICE_VERDICTS[verdict].words}`]
  })
  return `${shown === 0 ? plural(rest.length, 'PCI function') : `${rest.length} more`}: ${counts.join(', ')}`
}

/**
 * Whether a text is a sentence, which may be wrapped, and not a command, which may not: it starts with a capital and
 * small letters, and holds nothing that means something to a shell.
 */
export function isSentence(text: string): boolean {
  return /^[A-Z][a-z]* [^\n|<>$&=\\`]*$/.test(text)
}
