import type { AnyCheck } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts, Machine, Scope } from '../model/machine.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import type { Action, Remedy } from '../model/remedy.ts'
import type { CheckReport, DeviceReport, Finding, MissingReport, Report } from '../model/report.ts'
import { expand, platformOf } from '../remedy/index.ts'
import { cardOf } from '../rules/groups.ts'
import { candidates } from '../rules/candidates.ts'
import { className, idOf, isDisplay } from '../rules/pci.ts'
import { found, keyOf, toCause, type Found, type Tied } from './causes.ts'
import { headline, machineVerdict } from './headline.ts'
import { judgeWithHearsay } from './hearsay.ts'
import { groupReports, machineReport } from './machine-report.ts'
import type { Outcome } from './run.ts'
import { membership, subjectKey, type Membership } from './subjects.ts'
import { inFront, relevantOf, restarts } from './strikes.ts'
import { askedOfPost, votedQuestions } from './questions.ts'
import { together, type Told } from './together.ts'
import { judgeDevice } from './verdicts.ts'

export interface DiagnoseOptions {
  /** Addresses that the report is to be about; empty for the whole machine. */
  readonly asked: readonly Address[]
  readonly version: string
}

/** Runs the checks in sequence over the facts, ties symptoms to causes and gives each device its verdict. Pure. */
export function diagnose(machine: Machine, checks: readonly AnyCheck[], options: DiagnoseOptions): Report {
  const { facts } = machine
  const scope: Scope = { asked: options.asked, candidates: candidates(facts, options.asked) }
  const members = membership(facts)
  const outcomes = checks.map((check) => judgeWithHearsay(check, facts, scope))
  const all = found(outcomes)
  const platform = platformOf(facts)
  const expandAll = (actions: readonly Action[]): readonly Remedy[] =>
    actions.map((action) => expand(action, platform, facts))

  const shown = (valueOf(facts.pci)?.functions ?? [])
    .map((fn) => deviceReport(fn, facts, all, scope, members))
    .filter(({ device }) => options.asked.length === 0 || withAsked(device, options.asked, members))
  const handing = shown.map(({ actions }): Told => ({ from: 'device', actions }))
  const mending = (causes: readonly Tied[]): readonly Told[] =>
    causes.map(({ cause }) => ({ from: isNote(cause, causes) ? 'note' : 'cause', actions: cause.actions }))
  const relevant = relevantOf(all, options.asked, members, (own) =>
    [...mending(own), ...handing].some(({ from, actions }) => from !== 'note' && restarts(expandAll(actions))),
  )
  const { tied } = relevant
  const parts = together([...mending(tied), ...handing])
  const stepsOf = (at: number): readonly Remedy[] => expandAll(parts[at] ?? [])
  const causes = tied.map((one, at) => toCause(one, relevant.strikes.has(one) ? inFront(stepsOf(at)) : stepsOf(at)))
  const devices = shown.map(({ device }, at): DeviceReport => ({ ...device, steps: stepsOf(tied.length + at) }))
  const symptoms = relevant.found.map((one) => one.finding).filter((one) => one.severity !== 'info')
  const reports = outcomes.map((outcome) => checkReport(outcome, relevant.found, symptoms, expandAll))
  const report: Omit<Report, 'verdict' | 'headline'> = {
    schema: 'vfio-doctor/report@1',
    tool: { name: 'vfio-doctor', version: options.version },
    taken: machine.taken,
    machine: machineReport(facts),
    causes,
    devices,
    groups: groupReports(facts).filter(
      (one) => options.asked.length === 0 || options.asked.some((address) => one.devices.includes(address)),
    ),
    checks: reports,
    ask: expandAll(
      machine.taken.source === 'paste'
        ? askedOfPost(
            tied.map((one) => one.cause.finding),
            facts,
            members,
          )
        : votedQuestions(outcomes),
    ),
  }
  const container = valueOf(facts.environment)?.container ?? null
  const verdict = machineVerdict(report, container)
  const { schema, tool, taken, machine: head, ...rest } = report
  return { schema, tool, taken, machine: head, verdict, headline: headline(report, verdict, container), ...rest }
}

/** A note behind the first cause keeps its steps to itself, unless everything is shown. */
function isNote({ finding }: Found, tied: readonly Tied[]): boolean {
  return finding.severity === 'info' && finding.code !== tied[0]?.cause.finding.code
}

function withAsked(device: Pick<DeviceReport, 'address'>, asked: readonly Address[], members: Membership): boolean {
  if (asked.includes(device.address)) return true
  const group = members.groupOf(device.address)
  return group !== null && asked.some((address) => members.groupOf(address) === group)
}

function deviceReport(
  fn: PciFunction,
  facts: Facts,
  all: readonly Found[],
  scope: Scope,
  members: Membership,
): { readonly device: Omit<DeviceReport, 'steps'>; readonly actions: readonly Action[] } {
  const judged = judgeDevice(fn, facts, all, members)
  const candidate = scope.candidates.get(fn.address) ?? null
  const addresses = judged.bind.map((one) => one.address).join(' ')
  const ids = judged.bind.map((one) => idOf(one) ?? '').join(' ')
  const actions: Action[] = []
  // Steps cost room in a report, so only what somebody wants to give away gets them.
  const bound = all.some(({ problem, devices }) => problem.binds === true && devices?.includes(fn.address) === true)
  if (candidate !== null && !bound && judged.verdict === 'ready-after-binding') {
    actions.push({ do: 'bind-now', addresses })
    if (judged.bind.some(isDisplay)) actions.push({ do: 'bind-at-boot', addresses, ids })
  }
  const given = judged.heldBy !== undefined && !judged.heldBy.startsWith('probably')
  if (candidate !== null && !given && (judged.verdict === 'ready' || judged.verdict === 'ready-after-binding')) {
    const card = cardOf(fn, valueOf(facts.pci)?.functions ?? [], (one) => members.groupOf(one.address))
    actions.push({ do: 'assign', addresses: card.map((one) => one.address).join(' ') })
  }
  const driver = valueOf(fn.driver)
  const group = members.groupOf(fn.address) ?? valueOf(fn.group)
  const device = {
    address: fn.address,
    id: idOf(fn),
    class: className(fn),
    name: valueOf(fn.name) ?? null,
    ...(driver === undefined ? {} : { driver }),
    ...(group === undefined ? {} : { group }),
    verdict: judged.verdict,
    because: judged.because,
    ...(judged.doubt === undefined ? {} : { doubt: judged.doubt }),
    ...(judged.heldBy === undefined ? {} : { heldBy: judged.heldBy }),
    asked: scope.asked.includes(fn.address),
    candidate,
  }
  return { device, actions }
}

function checkReport(
  outcome: Outcome,
  relevant: readonly Found[],
  symptoms: readonly Finding[],
  expandAll: (actions: readonly Action[]) => readonly Remedy[],
): CheckReport {
  const { check } = outcome
  const missing = (outcome.kind === 'crash' || outcome.kind === 'skip' ? [] : (outcome.missing ?? [])).map(
    (one): MissingReport => ({ ...one, settle: expandAll(one.settle) }),
  )
  const might = missing.length === 0 ? [] : mightExplain(check, symptoms)
  const plain = { id: check.id, area: check.area, title: check.title, missing }
  const base = might.length === 0 ? plain : { ...plain, mightExplain: might }
  switch (outcome.kind) {
    case 'pass':
      return { ...base, status: 'pass', evidence: outcome.evidence, findings: [] }
    case 'skip':
      return { ...base, status: 'skip', because: outcome.because, findings: [] }
    case 'crash':
      return { ...base, status: 'crash', message: outcome.message, findings: [] }
    case 'unknown':
      return { ...base, status: 'unknown', findings: [] }
    case 'hits': {
      const [first, ...rest] = relevant.filter((one) => one.check === check).map((one) => one.finding)
      if (first !== undefined) return { ...base, status: worst([first, ...rest]), findings: [first, ...rest] }
      const others = [...new Set(outcome.hits.map((hit) => subjectKey(hit.subject)))].join(', ')
      const saw = `nothing about the devices asked for; what it found is about ${others}`
      return { ...base, status: 'pass', evidence: [{ source: check.id, saw }], findings: [] }
    }
    default:
      return outcome satisfies never
  }
}

/** What was found that a problem of this check would explain, or that the check itself found. */
function mightExplain(check: AnyCheck, symptoms: readonly Finding[]): readonly string[] {
  if (symptoms.length === 0) return []
  const codes = new Set(Object.entries(check.problems).flatMap(([code, one]) => [code, ...(one.explains ?? [])]))
  return [...new Set(symptoms.filter((one) => codes.has(one.code)).map(keyOf))]
}

function worst(findings: readonly Finding[]): 'fail' | 'warn' | 'info' {
  if (findings.some((one) => one.severity === 'fail')) return 'fail'
  return findings.some((one) => one.severity === 'warn') ? 'warn' : 'info'
}
