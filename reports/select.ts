import type { Cause, CheckReport, DeviceReport, GroupReport, MissingReport, Report } from '../src/model/report.ts'
import type { Subject } from '../src/model/check.ts'
import type { UnknownReason } from '../src/model/fact.ts'
import type { Address } from '../src/model/pci.ts'
import type { Step } from '../src/model/remedy.ts'

/** What of a report is worth a reader's time, the same for every format that people read. */

/** Causes that say the same of several subjects, as one. */
export interface SharedCause extends Cause {
  readonly subjects: readonly Subject[]
}

/** One entry for causes whose words differ only in the device or group that they name; order as ranked. */
export function shareCauses(causes: readonly Cause[]): readonly SharedCause[] {
  const shared = new Map<string, SharedCause>()
  for (const cause of causes) {
    const mask = (text: string): string => maskSubject(text, cause.subject)
    const key = [cause.code, cause.severity, cause.confidence, mask(cause.title), mask(cause.summary)].join('\n')
    const first = shared.get(key)
    const { evidence } = cause
    shared.set(
      key,
      first === undefined
        ? { ...cause, subjects: [cause.subject] }
        : {
            ...first,
            subjects: [...first.subjects, cause.subject],
            evidence: [...first.evidence, ...evidence],
            explains: [...new Set([...first.explains, ...cause.explains])],
            remedy: [...first.remedy, ...cause.remedy],
          },
    )
  }
  return [...shared.values()]
}

function maskSubject(text: string, subject: Subject): string {
  switch (subject.kind) {
    case 'host':
      return text
    case 'group':
      return text.replace(new RegExp(`\\bgroup ${subject.id}\\b`, 'gi'), 'group {}')
    case 'device':
      return text.replaceAll(subject.address, '{}')
    default:
      return subject satisfies never
  }
}

/** How many rows are shown of devices that nobody asked for or prepared. */
const SUGGESTED = 12
/** Kinds of devices that people hand over, by the names of their classes: not the parts of the chipset. */
const HANDED_OVER = [
  'VGA',
  '3D controller',
  'Display',
  'Ethernet',
  'Network',
  'Infiniband',
  'Fibre',
  'Non-Volatile',
  'SATA',
  'RAID',
  'SCSI',
  'USB',
  'Audio',
  'audio',
  'Multimedia',
  'accelerators',
  'Coprocessor',
  'Co-processor',
] as const

export interface ChosenDevices {
  readonly shown: readonly DeviceReport[]
  readonly rest: readonly DeviceReport[]
}

/**
 * The devices that the report is about: asked for, else candidates, with their group mates; where there is neither,
 * those of the kinds that people hand over. Asked and candidate ones first, then the blocked, then by address.
 */
export function chooseDevices(report: Report, verbose: boolean): ChosenDevices {
  const all = report.devices.toSorted((a, b) => rank(a) - rank(b) || byAddress(a.address, b.address))
  if (verbose) return { shown: all, rest: [] }
  const asked = all.filter((one) => one.asked)
  const core = asked.length > 0 ? asked : all.filter((one) => one.candidate !== null)
  const groups = new Set(core.flatMap((one) => (typeof one.group === 'number' ? [one.group] : [])))
  const suggested = all
    .filter((one) => one.verdict === 'ready' || one.verdict === 'ready-after-binding')
    .filter((one) => HANDED_OVER.some((kind) => one.class?.includes(kind)))
    .slice(0, SUGGESTED)
  const shown =
    core.length === 0
      ? suggested
      : all.filter((one) => core.includes(one) || (typeof one.group === 'number' && groups.has(one.group)))
  const set = new Set(shown)
  return { shown, rest: all.filter((one) => !set.has(one)) }
}

/** Groups that VFIO would not take now, of devices that somebody wants to give away and cannot. */
export function groupsInTheWay(report: Report): readonly GroupReport[] {
  const wanted = report.devices.filter((one) => one.asked || one.candidate !== null)
  const stuck = wanted.filter((one) => one.verdict === 'blocked' || one.verdict === 'cannot-tell')
  const ids = new Set(stuck.map((one) => one.group))
  return report.groups.filter((one) => ids.has(one.id) && one.viable !== true)
}

/** What decides this device's verdict beyond the causes that are about the whole host, which stand above already. */
export function ownReasons(device: DeviceReport, report: Report): readonly string[] {
  const shared = new Set(report.causes.flatMap((one) => (one.subject.kind === 'host' ? [one.code] : [])))
  return device.because.filter((one) => !shared.has(one))
}

function rank(device: DeviceReport): number {
  if (device.asked) return 0
  if (device.candidate !== null) return 1
  return device.verdict === 'blocked' ? 2 : device.verdict === 'not-assignable' ? 4 : 3
}

/** Addresses by number: a VMD domain has more than four digits. */
export function byAddress(a: Address, b: Address): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** Something that could not be told, and the checks that waited for it. */
export interface Gap {
  readonly missing: MissingReport
  readonly checks: readonly string[]
}

/** What could not be told, each thing once however many checks miss it; the most missed first. */
export function gaps(checks: readonly CheckReport[]): readonly Gap[] {
  const found = new Map<string, { missing: MissingReport; checks: string[] }>()
  for (const check of checks) {
    for (const missing of check.missing) {
      const key = JSON.stringify([missing.what, missing.reason, missing.source])
      const gap = found.get(key) ?? { missing, checks: [] }
      if (!gap.checks.includes(check.id)) gap.checks.push(check.id)
      found.set(key, gap)
    }
  }
  return [...found.values()].toSorted((a, b) => b.checks.length - a.checks.length)
}

/** What could not be told for one reason. */
export interface GapsOfReason {
  readonly reason: UnknownReason
  readonly things: readonly string[]
  /** How many checks wait for one of them. */
  readonly checks: number
}

/** The gaps by reason, since a paste lacks most things for the same one. */
export function gapsByReason(checks: readonly CheckReport[]): readonly GapsOfReason[] {
  const found = gaps(checks)
  return [...new Set(found.map((one) => one.missing.reason))].map((reason) => {
    const some = found.filter((one) => one.missing.reason === reason)
    return {
      reason,
      things: [...new Set(some.map((one) => one.missing.what))],
      checks: new Set(some.flatMap((one) => one.checks)).size,
    }
  })
}

/** The gaps that are worth a reader's time, and the number of checks with others. */
export interface ShownGaps {
  readonly gaps: readonly GapsOfReason[]
  readonly others: number
}

/** A post lacks most of what there is to know: of that, what bears on the trouble in it. Of a machine, all. */
export function shownGaps(report: Report, verbose: boolean): ShownGaps {
  const lacking = report.checks.filter((one) => one.missing.length > 0)
  const near =
    verbose || report.taken.source !== 'paste' ? lacking : lacking.filter((one) => one.mightExplain !== undefined)
  return { gaps: gapsByReason(near), others: lacking.length - near.length }
}

/** What would settle the gaps: the report's own questions, else what each gap says; no step twice, nor one told before. */
export function questions(report: Report, told: readonly { readonly steps: readonly Step[] }[]): readonly Step[] {
  const remedies =
    report.ask.length > 0 || report.taken.source === 'paste'
      ? report.ask
      : gaps(report.checks).flatMap((one) => one.missing.settle)
  const runs = new Set(told.flatMap((one) => one.steps).map((step) => step.run))
  const steps = new Map(
    remedies
      .flatMap((one) => one.steps)
      .filter((step) => step.run === undefined || !runs.has(step.run))
      .map((step) => [JSON.stringify([step.say, step.run]), step]),
  )
  return [...steps.values()]
}
