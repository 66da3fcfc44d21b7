import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { DeviceUse, PciFunction } from '../model/pci.ts'
import type { Effect } from '../model/remedy.ts'
import { isModuleTold, moduleHolding } from '../rules/driver-module.ts'
import { findFunction, idOf, isBridge, isDisplay, isVfioDriver, onVfio, useHidden } from '../rules/pci.ts'
import { address, moduleName, plainText, words } from './grammar.ts'

/** A function that a remedy speaks of; `fn` is null where the facts do not hold it. */
export interface Target {
  readonly address: string
  readonly fn: PciFunction | null
}

export interface Targets {
  /** Functions that a driver may be chosen for. */
  readonly functions: readonly Target[]
  /** Bridges among the addresses: vfio-pci refuses them, so no command ever names one. */
  readonly bridges: readonly string[]
  /** Words that are no addresses. */
  readonly left: number
}

export function targets(text: string, facts: Facts): Targets {
  const { good, left } = words(text, address)
  const all = good.map((one) => target(one, facts))
  const bridge = (one: Target): boolean => one.fn !== null && isBridge(one.fn) === true
  return { functions: all.filter((one) => !bridge(one)), bridges: all.filter(bridge).map((one) => one.address), left }
}

export function target(at: string, facts: Facts): Target {
  const pci = valueOf(facts.pci)
  return { address: at, fn: (pci === undefined ? undefined : findFunction(pci, at)) ?? null }
}

/** The driver that holds it: null for none, undefined where it is not known. */
export function driverOf(one: Target): string | null | undefined {
  return one.fn === null ? undefined : valueOf(one.fn.driver)
}

export function isOnVfio(one: Target): boolean {
  return one.fn !== null && onVfio(one.fn) === true
}

export function isGpu(one: Target): boolean {
  return one.fn !== null && isDisplay(one.fn)
}

const COSTS = {
  disk: 'may-lose-disk',
  network: 'may-lose-network',
  display: 'may-lose-display',
  framebuffer: 'may-lose-display',
  input: 'may-lose-display',
  sound: 'none',
} as const satisfies Record<DeviceUse['kind'], Effect>

/** What the host loses when its driver lets go of the function. */
export function costOf(one: Target): Effect {
  if (one.fn === null || isOnVfio(one)) return 'none'
  const uses = (valueOf(one.fn.uses) ?? []).toSorted((a, b) => Number(b.inUse !== null) - Number(a.inUse !== null))
  const [worst] = uses.map((use) => COSTS[use.kind]).filter((cost) => cost !== 'none')
  if (worst !== undefined) return worst
  return isDisplay(one.fn) && driverOf(one) !== null ? 'may-lose-display' : 'none'
}

/** The worst of several: a lost disk or network is harder to mend than a dark screen. */
export function worstCost(all: readonly Target[]): Effect {
  const costs = all.map(costOf)
  const order = ['may-lose-disk', 'may-lose-network', 'may-lose-display'] as const
  return order.find((one) => costs.includes(one)) ?? 'none'
}

/** In words, what of the host stands on these functions now; null where nothing is known to. */
export function usesInWords(all: readonly Target[]): string | null {
  const uses = all.flatMap((one) => (one.fn === null ? [] : (valueOf(one.fn.uses) ?? [])))
  const busy = uses.filter((use) => use.inUse !== null).slice(0, 8)
  const hidden = all.flatMap(({ fn }) => (fn !== null && useHidden(fn) !== undefined ? [fn.address] : [])).slice(0, 8)
  const untold =
    hidden.length === 0 ? null : `Whether the host uses ${hidden.join(', ')} could not be read: look first.`
  if (busy.length === 0) return untold
  const words = busy.map((use) => `${plainText(use.name, 60)} (${plainText(use.inUse ?? '', 120)})`)
  return `The host uses it now: ${words.join(', ')}.${untold === null ? '' : ` ${untold}`}`
}

/** Whether this is the one display of the host, or the one that it started on; undefined where that is not known. */
export function isOnlyDisplay(all: readonly Target[], facts: Facts): boolean | undefined {
  const displays = all.filter(isGpu)
  if (displays.length === 0) return all.every((one) => one.fn !== null) ? false : undefined
  if (displays.some((one) => one.fn !== null && valueOf(one.fn.bootVga) === true)) return true
  const pci = valueOf(facts.pci)
  if (pci?.complete !== true) return undefined
  const given = new Set(all.map((one) => one.address))
  return !pci.functions.some((fn) => isDisplay(fn) && !given.has(fn.address))
}

/** Modules of the host that would race for these functions, fit for a command. */
export function rivals(all: readonly Target[], facts: Facts): readonly string[] {
  const names = all.flatMap(({ fn }) => {
    if (fn === null) return []
    const own = moduleHolding(fn)
    return [...(own === '' || isModuleTold(fn, facts) === false ? [] : [own]), ...(valueOf(fn.kernelModules) ?? [])]
  })
  const fitting = names.map(moduleName).filter((name) => name !== null && name !== 'MODULE')
  const modules = fitting.map((name) => (name ?? '').replaceAll('-', '_'))
  return [...new Set(modules)].filter((name) => !/(^|_)vfio(_|$)|^pci_stub$|^pcieport$/.test(name)).slice(0, 16)
}

/** Of drivers of which no module is known by name: no softdep can be written for those. */
export function withoutName(all: readonly Target[], facts: Facts): string {
  const drivers = all.flatMap(({ fn }) => {
    const driver = fn === null || rivals([{ address: fn.address, fn }], facts).length > 0 ? null : valueOf(fn.driver)
    const untold = fn !== null && typeof driver === 'string' && isModuleTold(fn, facts) === false
    return untold && !isVfioDriver(driver) ? [plainText(driver, 64)] : []
  })
  if (drivers.length === 0) return ''
  return ` Which module the driver ${[...new Set(drivers)].join(', ')} comes from could not be told, so no softdep names it.`
}

/**
 * Whether vfio-pci's `ids` would take these functions, all of them and no other: every function is known, and another's
 * id is another. undefined where the list of functions is not whole.
 */
export function idsAreUnique(all: readonly Target[], ids: readonly string[], facts: Facts): boolean | undefined {
  const pci = valueOf(facts.pci)
  if (pci === undefined) return undefined
  const given = new Set(all.map((one) => one.address))
  const others = pci.functions.filter((fn) => !given.has(fn.address))
  const covers = (fn: PciFunction): boolean => ids.includes(idOf(fn) ?? '')
  if (others.some(covers) || all.some((one) => one.fn !== null && !covers(one.fn))) return false
  if (all.some((one) => one.fn === null)) return undefined
  return pci.complete && others.every((fn) => idOf(fn) !== null) ? true : undefined
}

/** Whether a module is built into the running kernel; undefined where that is not known. */
export function builtIn(module: string, facts: Facts): boolean | undefined {
  const modules = valueOf(facts.modules)
  if (modules?.builtin.state !== 'known') return undefined
  if (modules.builtin.value.includes(module.replaceAll('-', '_'))) return true
  // A post shows a part of the list.
  return modules.builtin.source.startsWith('paste') ? undefined : false
}
