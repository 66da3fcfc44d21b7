import type { DeviceReport, Report } from '../src/model/report.ts'
import type { ActionKind, Remedy, Step } from '../src/model/remedy.ts'
import { inOneGo, type Draft, type Finish } from './in-one-go.ts'
import type { SharedCause } from './select.ts'
import { needsNoReboot } from './wording.ts'

/** Steps that belong together, and what they are about. */
export interface Part {
  readonly about:
    | { readonly kind: 'cause'; readonly code: string }
    | { readonly kind: 'device'; readonly device: DeviceReport }
    /** What finishes several of them at once; the codes of those that want nothing else, and whether others do. */
    | { readonly kind: 'finish'; readonly codes: readonly string[]; readonly changes: boolean }
  readonly steps: readonly Step[]
  /** The steps only show something: that they cost no reboot goes without saying. */
  readonly shows: boolean
  /** Said of its steps: nothing here waits for a reboot. */
  readonly noReboot: boolean
}

type Planned = Draft & Pick<Part, 'about' | 'shows'>

/** Actions that leave nothing behind which a rebuild or a restart would take up. */
const PASSING: readonly ActionKind[] = [
  'show',
  'nothing',
  'run-as-root',
  'report-bug',
  'bind-now',
  'assign',
  'assign-instead',
  'change-guest',
]

/** How many devices that nobody named get their hand-over steps spelt out. */
const HAND_OVERS = 2

/**
 * What to do, in the order of the causes, then how to hand over the devices. A step that was told is not told again, but
 * for one that carries on what was changed: behind another change it is wanted anew (a rebuild of the initramfs), and
 * comes once for all that are made in one go. Notes below the first cause keep theirs for `verbose`.
 */
export function plan(report: Report, causes: readonly SharedCause[], verbose: boolean): readonly Part[] {
  // Each step that was told, with how many changes had been told by then.
  const before = new Map<string, number>()
  let changes = 0
  const fresh = (remedies: readonly Remedy[]): readonly Step[] => {
    const all = remedies.flatMap(({ action, steps }) => steps.map((step) => ({ action, step })))
    const last = all.findLastIndex(({ step }) => step.carries === true)
    return all.flatMap(({ action, step }, at) => {
      const key = JSON.stringify([step.say, step.run, step.edit])
      const carries = step.carries === true
      const then = before.get(key)
      if (then !== undefined && !(carries && then < changes)) return []
      // Words alone tell to change a file where what follows takes that up; else to look at something, or to do it.
      const writes = step.run !== undefined || step.edit !== undefined || at < last
      if (!carries && writes && !PASSING.includes(action)) changes++
      before.set(key, changes)
      return [step]
    })
  }
  const told = causes.filter((one, at) => verbose || at === 0 || one.severity !== 'info')
  const mending = told.map(({ code, confidence, remedy }): Planned => {
    const shows = remedy.every((one) => one.action === 'show')
    const changesKernel = remedy.some((one) => one.action === 'install-kernel-modules')
    const apart = confidence === 'possible'
    return { about: { kind: 'cause', code }, steps: fresh(remedy), shows, apart, changesKernel }
  })
  const wanted = report.devices.filter((one) => one.steps.length > 0)
  const asked = wanted.filter((one) => one.asked)
  const shown = verbose ? wanted : asked.length > 0 ? asked : wanted.slice(0, HAND_OVERS)
  const handing = shown.map((device): Planned => ({
    about: { kind: 'device', device },
    steps: fresh(told.some((cause) => binds(cause, device)) ? device.steps.filter(notBinding) : device.steps),
    shows: false,
    apart: false,
    changesKernel: false,
  }))
  // What is handed over is tried before it is made to last, and that can only be once the causes are mended.
  return inTime([...finished(mending), ...finished(handing)]).map((part) => ({
    ...part,
    noReboot: part.noReboot && needsNoReboot(part.steps),
  }))
}

function finished(parts: readonly Planned[]): readonly Part[] {
  return inOneGo(parts).flatMap(({ of, steps, awaits }): readonly Part[] => {
    if (typeof of !== 'number') return [{ about: finishOf(of, parts), steps, shows: false, noReboot: true }]
    const part = parts[of]
    if (part === undefined) return []
    return [{ about: part.about, steps, shows: part.shows, noReboot: !part.shows && !awaits }]
  })
}

function finishOf({ alone, changes }: Finish, parts: readonly Planned[]): Part['about'] {
  const abouts = alone.map((one) => parts[one]?.about)
  const codes = abouts.flatMap((one) => (one?.kind === 'cause' ? [one.code] : []))
  return { kind: 'finish', codes: [...new Set(codes)], changes: changes || codes.length === 0 }
}

/** What makes a step safe comes before the first part that has something typed which changes the machine. */
function inTime(parts: readonly Part[]): readonly Part[] {
  const at = parts.findIndex(({ shows, steps }) => !shows && steps.some((step) => step.run !== undefined))
  if (at < 0) return parts
  const behind = parts.slice(at)
  const some = (first: boolean): readonly Part[] =>
    behind
      .map((part): Part => ({ ...part, steps: part.steps.filter((step) => (step.first === true) === first) }))
      .filter((part) => part.steps.length > 0)
  return [...parts.slice(0, at), ...some(true), ...some(false)]
}

/**
 * Whether the device is on vfio-pci once the cause is mended and the host restarted: the remedy binds it at boot, or the
 * cause is what kept it from being bound then. Steps to take it from its driver by hand would come too late behind that.
 */
function binds({ confidence, family, subjects, explains, remedy }: SharedCause, { address }: DeviceReport): boolean {
  const restarts = remedy.some(({ steps }) => steps.some((one) => one.effect === 'reboot'))
  const atBoot = family === 'bind-too-late' || remedy.some(({ action }) => action === 'bind-at-boot')
  if (confidence === 'possible' || !restarts || !atBoot) return false
  if (subjects.some((one) => one.kind === 'device' && one.address === address)) return true
  return explains.some((key) => /^(?:bind-too-late|device-on-host-driver)/.test(key) && key.endsWith(`@${address}`))
}

function notBinding({ action }: Remedy): boolean {
  return action !== 'bind-now' && action !== 'bind-at-boot'
}
