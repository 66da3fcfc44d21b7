import type { Action } from '../model/remedy.ts'
import type { AnyCheck, Hit, Problem, Subject } from '../model/check.ts'
import type { Address } from '../model/pci.ts'
import type { Cause, Finding } from '../model/report.ts'
import { fill, fillAction } from './fill.ts'
import type { Outcome } from './run.ts'
import { hitsOf } from './run.ts'
import { meets, subjectKey, type Membership } from './subjects.ts'
import { CONFIDENCE, lower, RANK } from './weight.ts'

/** A hit joined with its problem's words. */
export interface Found {
  readonly finding: Finding
  readonly problem: Problem
  readonly actions: readonly Action[]
  readonly check: AnyCheck
  /** What a cause about the host can explain of devices; undefined: any of them. */
  readonly devices?: readonly Address[]
  /** The names of parameters or options that it is about; undefined: it is about no such word. */
  readonly words?: readonly string[]
  /** Somebody only talks about it. */
  readonly hearsay: boolean
}

/** The findings of all checks, in the order of the registry. An unlisted code is a bug of the check, and throws. */
export function found(outcomes: readonly Outcome[]): readonly Found[] {
  return outcomes.flatMap((outcome) => hitsOf(outcome).map((hit) => join(outcome, hit)))
}

function join({ check, hearsay }: Outcome, hit: Hit): Found {
  const problem = check.problems[hit.code]
  if (problem === undefined) throw new Error(`${check.id} raised ${hit.code}, which it does not list`)
  const values = hit.values ?? {}
  const finding: Finding = {
    code: hit.code,
    family: problem.family,
    severity: lower(problem.severity, hit.severity),
    confidence: hit.confidence ?? 'certain',
    title: sentence(fill(problem.title, values)),
    summary: fill(problem.summary, values),
    subject: hit.subject,
    evidence: hit.evidence,
  }
  return {
    finding,
    problem,
    check,
    ...(hit.devices === undefined ? {} : { devices: hit.devices }),
    ...(hit.words === undefined ? {} : { words: hit.words }),
    hearsay: hearsay?.includes(hit) === true,
    actions: (hit.remedy ?? problem.remedy).map((one) => fillAction(one, values)),
  }
}

/** A title that begins with the words in the place of a device's address begins a sentence all the same. */
function sentence(title: string): string {
  return /^(?:a device|this host)\b/.test(title) ? title.charAt(0).toUpperCase() + title.slice(1) : title
}

/** `code@subject`, as a report names a finding. */
export function keyOf(finding: Finding): string {
  return `${finding.code}@${subjectKey(finding.subject)}`
}

export interface Tied {
  readonly cause: Found
  readonly explains: readonly string[]
}

/**
 * Ties symptoms to the causes that list them, where the subjects meet, and ranks what remains: severity, then what is
 * no trouble at all and what only asks for care behind what may be, then confidence, then how much it explains; the registry's order decides the
 * rest, so the result is stable. A symptom that two problems explain stands under both; one that is explained is no cause.
 */
export function tie(all: readonly Found[], members: Membership): readonly Tied[] {
  const explainedBy = new Map<Found, Set<Found>>()
  const byCode = new Map<string, Found[]>()
  for (const one of all) byCode.set(one.finding.code, [...(byCode.get(one.finding.code) ?? []), one])
  for (const cause of all) {
    for (const symptom of (cause.problem.explains ?? []).flatMap((code) => byCode.get(code) ?? [])) {
      if (symptom === cause || (cause.hearsay && !symptom.hearsay)) continue
      if (!meets(cause.finding.subject, symptom.finding.subject, members)) continue
      if (!touches(cause, symptom, members)) continue
      if (belittles(cause.finding, symptom.finding)) continue
      const causes = explainedBy.get(symptom) ?? new Set()
      explainedBy.set(symptom, causes.add(cause))
    }
  }
  const reaches = (from: Found, to: Found, seen: Set<Found>): boolean => {
    for (const cause of explainedBy.get(from) ?? []) {
      if (cause === to) return true
      if (seen.has(cause)) continue
      seen.add(cause)
      if (reaches(cause, to, seen)) return true
    }
    return false
  }
  const roots = all.filter((one) => !explainedBy.has(one) || reaches(one, one, new Set()))
  const tied = roots.map((cause) => {
    const symptoms = all.filter((one) => one !== cause && explainedBy.has(one) && reaches(one, cause, new Set()))
    return { cause: raised(cause, symptoms), explains: symptoms.map((one) => keyOf(one.finding)) }
  })
  const order = new Map(all.map((one, index) => [keyOf(one.finding), index]))
  return tied.toSorted(
    (a, b) =>
      RANK[a.cause.finding.severity] - RANK[b.cause.finding.severity] ||
      Number(a.cause.finding.family === 'healthy') - Number(b.cause.finding.family === 'healthy') ||
      Number(isCaution(a)) - Number(isCaution(b)) ||
      CONFIDENCE[a.cause.finding.confidence] - CONFIDENCE[b.cause.finding.confidence] ||
      b.explains.length - a.explains.length ||
      (order.get(keyOf(a.cause.finding)) ?? 0) - (order.get(keyOf(b.cause.finding)) ?? 0),
  )
}

/** Only tells to take care: it keeps nothing from working, and leads no list of what does. */
function isCaution({ cause: { actions }, explains }: Tied): boolean {
  return (
    explains.length === 0 && actions.length > 0 && actions.every((one) => one.do === 'advise' && one.first === true)
  )
}

/** A finding explains another only where its evidence touches that one: the devices that either names, and the words. */
function touches(cause: Found, symptom: Found, members: Membership): boolean {
  return (
    bearsOn(cause, symptom.finding.subject, members) &&
    bearsOn(symptom, cause.finding.subject, members) &&
    meetOrOpen(cause.devices, symptom.devices) &&
    meetOrOpen(cause.words, symptom.words)
  )
}

function meetOrOpen(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((one) => b.includes(one))
}

/** What names its devices says nothing of others, nor of groups without one of them. */
function bearsOn({ devices }: Found, symptom: Subject, members: Membership): boolean {
  if (devices === undefined || symptom.kind === 'host') return true
  if (symptom.kind === 'device') return devices.includes(symptom.address)
  return devices.some((address) => members.groupOf(address) === symptom.id)
}

/** A note on one device (a bridge that vfio-pci rightly refused) is no reason why another of its group fails. */
function belittles({ subject: a, severity }: Finding, { subject: b, severity: failed }: Finding): boolean {
  const others = a.kind === 'device' && b.kind === 'device' && a.address !== b.address
  return others && severity === 'info' && failed === 'fail'
}

/** What makes something fail is a failure; what explains a symptom away (a note) stays what it is. */
function raised(cause: Found, symptoms: readonly Found[]): Found {
  if (cause.finding.severity !== 'warn' || symptoms.every((one) => one.finding.severity !== 'fail')) return cause
  return { ...cause, finding: { ...cause.finding, severity: 'fail' } }
}

export function toCause(tied: Tied, remedy: Cause['remedy']): Cause {
  return { ...tied.cause.finding, explains: tied.explains, remedy }
}
