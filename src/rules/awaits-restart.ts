import type { InitramfsFacts } from '../model/boot.ts'
import type { Evidence } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { PciFunction } from '../model/pci.ts'
import { idsFor, idsGiven, imageHasModule, loadedEarlyBy, onCommandLine, softdepOnVfio } from './boot-binding.ts'
import { heldByBuiltIn, moduleHolding } from './driver-module.ts'
import { installLine } from './install-line.ts'
import { moduleState } from './modules.ts'

/** Seconds in which a boot may write such files itself (cloud-init, live systems, a first start). */
const MARGIN = 300

type Times = Pick<Facts, 'initramfs' | 'environment'>
type Used = Times & Pick<Facts, 'commandLine' | 'modprobe' | 'modules' | 'messages'>

/** A file that this boot cannot have read as it is now, and why the next boot will. */
export interface Awaiting {
  readonly path: string
  readonly reason: string
  readonly evidence: NonEmpty<Evidence>
}

/** Whether it is known what was changed after this boot began: the boot's time, and the times of the files. */
export function timesKnown(facts: Times): boolean {
  return clockOf(facts) !== undefined
}

/**
 * The time of a file (`path`, or `path:line`) that was changed after this boot began. undefined proves nothing: packages
 * and copies keep older times, and a clock may have been behind.
 */
export function changedSinceBoot(source: string, facts: Times): number | undefined {
  const clock = clockOf(facts)
  const time = valueOf(facts.initramfs)?.configTimes?.find(
    ({ path }) => source === path || source.startsWith(`${path}:`),
  )?.time
  if (clock === undefined || time === undefined || time <= clock.booted + MARGIN) return undefined
  // Written by a clock that ran ahead.
  return clock.now !== null && clock.now >= clock.booted && time > clock.now ? undefined : time
}

/**
 * Ids, and what has vfio-pci loaded before the host driver, written after this boot began, and now all in place: in an
 * image made since, or where no image has a part in it. A restart is what is left to do.
 */
export function awaitsRestart(fn: PciFunction, facts: Used): Awaiting | undefined {
  const initramfs = valueOf(facts.initramfs)
  const directives = valueOf(facts.modprobe)?.directives ?? []
  const ids = idsFor(fn, facts)
  const module = moduleHolding(fn)
  const order = orderOf(module, directives, facts)
  if (initramfs === undefined || ids.length === 0 || order === undefined) return undefined
  // Neither reads modprobe.d, and a built-in host driver is first at any boot.
  const vfio = moduleState(facts, 'vfio_pci')
  if (vfio === 'builtin' || vfio === 'missing' || heldByBuiltIn(fn, facts) === true) return undefined
  if (installLine(directives) !== undefined) return undefined
  const changed = (source: string): boolean => changedSinceBoot(source, facts) !== undefined
  const newOrder = order.sources.every(changed)
  const newIds = ids.every((one) => changed(one.source)) && idsGiven(fn, facts).length === 0
  // An older blacklist was not heeded by this boot, and an older softdep or list loaded nothing.
  const orderFailed = order.kind === 'blacklist' || vfio === 'loadable'
  if (!newOrder && (orderFailed || !newIds)) return undefined
  const lines = [...ids.filter((one) => !onCommandLine(one, facts)).map((one) => one.source), ...order.sources]
  const files = lines.flatMap((source) => {
    const time = changedSinceBoot(source, facts)
    return time === undefined ? [] : [{ path: pathOf(source), time }]
  })
  const [first] = files
  const booted = clockOf(facts)?.booted
  if (first === undefined || booted === undefined) return undefined
  const last = files.reduce((newest, one) => (one.time > newest.time ? one : newest), first)
  const inImage = lines.map(pathOf).filter((path) => path.includes('/modprobe.d/'))
  const carried = carriedOver(initramfs, { module, early: order.kind === 'early', time: last.time, inImage, facts })
  if (carried === undefined) return undefined
  return {
    path: last.path,
    reason: carried.text,
    evidence: [
      { source: '/proc/stat', saw: `this boot began ${iso(booted)}` },
      { source: last.path, saw: `changed ${iso(last.time)}` },
      carried.evidence,
    ],
  }
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

function clockOf({
  initramfs,
  environment,
}: Times): { readonly booted: number; readonly now: number | null } | undefined {
  // There it is the start of the container (LXCFS), and the modules are those of the host.
  if ((valueOf(environment)?.container ?? null) !== null) return undefined
  const clock = valueOf(initramfs)?.clock
  return clock === undefined ? undefined : valueOf(clock)
}

interface Order {
  readonly kind: 'softdep' | 'early' | 'blacklist'
  readonly sources: NonEmpty<string>
}

/** What lets vfio-pci come before this module at the next boot; undefined: nothing does. */
function orderOf(module: string, directives: readonly ModprobeDirective[], facts: Used): Order | undefined {
  const linesOf = (found: readonly ModprobeDirective[], kind: Order['kind']): Order | undefined => {
    const [first, ...rest] = found.map((one) => `${one.path}:${one.line}`)
    return first === undefined ? undefined : { kind, sources: [first, ...rest] }
  }
  const softdeps = linesOf(
    directives.filter((one) => softdepOnVfio([one], module) !== undefined),
    'softdep',
  )
  if (softdeps !== undefined) return softdeps
  const early = loadedEarlyBy(facts)
  // In one list, modules are loaded in the order in which they stand.
  const names = (valueOf(facts.initramfs)?.configuredModules ?? []).map((one) => one.module)
  const behind = names.includes(module) && names.indexOf(module) < names.indexOf('vfio_pci')
  if (early !== undefined && !behind) return { kind: 'early', sources: [early] }
  const atBoot = valueOf(facts.modprobe)?.loadAtBoot.some((one) => one.module === 'vfio_pci') === true
  const black = directives.filter((one) => one.kind === 'blacklist' && one.module === module)
  return atBoot ? linesOf(black, 'blacklist') : undefined
}

interface Wanted {
  readonly module: string
  readonly early: boolean
  readonly time: number
  readonly inImage: readonly string[]
  readonly facts: Used
}

function carriedOver(
  { image, imageTime, content, hooks }: InitramfsFacts,
  { module, early, time, inImage, facts }: Wanted,
): { readonly text: string; readonly evidence: Evidence } | undefined {
  const paths = valueOf(content)
  if (paths !== undefined && imageHasModule(facts, 'vfio_pci') === false) {
    if (early || imageHasModule(facts, module) === true) return undefined
    return {
      text: `The initramfs has neither ${module} nor vfio-pci, so the files of the root file system count.`,
      evidence: { source: content.source, saw: `neither ${module} nor vfio_pci` },
    }
  }
  const made = valueOf(imageTime) ?? null
  if (made === null || made < time) return undefined
  const built: Evidence = { source: image ?? imageTime.source, saw: `made ${iso(made)}` }
  if (paths === undefined) {
    // mkinitcpio(8): without that hook modprobe.d stays outside.
    if (hooks !== null && !hooks.includes('modconf')) return undefined
    return { text: 'The initramfs was made after that.', evidence: built }
  }
  if (!inImage.every((path) => paths.includes(path.slice(1)))) return undefined
  return { text: 'The initramfs was made after that, and holds it.', evidence: built }
}

function pathOf(source: string): string {
  const end = source.indexOf(':')
  return end === -1 ? source : source.slice(0, end)
}
