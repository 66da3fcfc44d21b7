import { valueOf } from '../model/fact.ts'
import type { MessageHit } from '../model/log.ts'
import type { Facts, Scope } from '../model/machine.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { PciFunction } from '../model/pci.ts'
import { listedIds, matching } from './candidates.ts'
import { globMatches } from './glob.ts'
import { messagesWith } from './messages.ts'
import { keptByHost } from './needed-by-host.ts'
import { parameterWords, type ListedId } from './parameters.ts'
import { findFunction, idOf, isBridge, onHostDriver } from './pci.ts'

/** Drivers that many distributions build in, so that modprobe.d does not order them. */
export const OFTEN_BUILT_IN: ReadonlySet<string> = new Set([
  'xhci_hcd',
  'xhci_pci',
  'ehci_hcd',
  'ehci_pci',
  'ohci_hcd',
  'ohci_pci',
  'uhci_hcd',
  'ahci',
  'nvme',
  'nvme_core',
])

/** Graphics drivers that an initramfs brings along for the boot screen. */
export function isGraphicsModule(name: string): boolean {
  return /^(?:amdgpu|radeon|nouveau|i915|xe|nvidia(?:_drm|_modeset|_uvm)?|ast|mgag200)$/.test(name)
}

/** A line that has modprobe load vfio-pci before this module; the name may be a pattern (libkmod-module.c: fnmatch). */
export function softdepOnVfio(
  directives: readonly ModprobeDirective[],
  module: string,
): Extract<ModprobeDirective, { kind: 'softdep' }> | undefined {
  for (const one of directives) {
    if (one.kind === 'softdep' && one.pre.some((name) => name.startsWith('vfio')) && globMatches(one.module, module))
      return one
  }
  return undefined
}

/** The entries of vfio-pci's `ids` that take this function. */
export function idsFor(fn: PciFunction, facts: Pick<Facts, 'commandLine' | 'modprobe'>): readonly ListedId[] {
  return listedIds(facts).filter((one) => matching([fn], one).length > 0)
}

/** Whether an entry stands on the kernel command line, which reaches a built-in vfio-pci and any initramfs. */
export function onCommandLine(listed: ListedId, facts: Pick<Facts, 'commandLine'>): boolean {
  return listed.source === facts.commandLine.source
}

/** Where it is written that vfio-pci be loaded in the initramfs, before udev looks at the devices; else undefined. */
export function loadedEarlyBy(facts: Pick<Facts, 'initramfs' | 'commandLine'>): string | undefined {
  const line = valueOf(facts.commandLine)
  const pre = line === undefined ? [] : parameterWords(line, 'rd.driver.pre')
  if (pre.some((word) => word.replaceAll('-', '_') === 'vfio_pci')) return facts.commandLine.source
  // `add_drivers`, `drivers` and booster's `modules` only put a module into the image.
  return valueOf(facts.initramfs)?.configuredModules.find(
    ({ module, source }) => module === 'vfio_pci' && !/: (?:add_drivers|drivers|modules)$/.test(source),
  )?.source
}

/** Whether the image of the running kernel holds a file of this module; undefined where it was not listed. */
export function imageHasModule(facts: Pick<Facts, 'initramfs'>, module: string): boolean | undefined {
  const initramfs = valueOf(facts.initramfs)
  const content = initramfs === undefined ? undefined : valueOf(initramfs.content)
  if (content === undefined) return undefined
  const names = new Set([module, module.replaceAll('_', '-')])
  return content.some((path) => names.has(path.slice(path.lastIndexOf('/') + 1).replace(/\.ko(?:\.\w+)?$/, '')))
}

/** Whether the image holds a file of modprobe.d that lists ids for vfio-pci; undefined where it was not listed. */
export function imageHasOptions(facts: Pick<Facts, 'initramfs' | 'commandLine' | 'modprobe'>): boolean | undefined {
  const initramfs = valueOf(facts.initramfs)
  const content = initramfs === undefined ? undefined : valueOf(initramfs.content)
  if (content === undefined) return undefined
  const files = listedIds(facts).map((one) => one.source.replace(/:\d+$/, '').slice(1))
  return files.some((file) => content.includes(file))
}

/** Wanted functions that a host driver holds although their ids are listed for vfio-pci. */
export function lateFunctions(
  facts: Pick<Facts, 'pci' | 'commandLine' | 'modprobe'>,
  scope: Scope,
): readonly PciFunction[] {
  const pci = valueOf(facts.pci)
  if (pci === undefined) return []
  return [...scope.candidates].flatMap(([address, reason]) => {
    const fn = findFunction(pci, address)
    if (fn === undefined || isBridge(fn) === true || onHostDriver(fn) !== true) return []
    const ids = idsFor(fn, facts)
    if (keptByHost(fn, pci.functions, ids) && !wishedFor(reason)) return []
    return ids.length > 0 ? [fn] : []
  })
}

/** The reason of a candidate (rules/candidates.ts) that is a wish for this one device, and no id that others share. */
export function wishedFor(reason: string): boolean {
  return /^(?:asked|given)/.test(reason)
}

/** Lines of the log by which vfio-pci was given the id in this boot (drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids). */
export function idsGiven(fn: PciFunction, { messages }: Pick<Facts, 'messages'>): readonly MessageHit[] {
  const id = idOf(fn)
  return messagesWith(messages, 'vfio-ids-add').filter(
    (one) => `${one.values['vendor']}:${one.values['product']}`.toLowerCase() === id,
  )
}
