import { missingFrom, type Missing } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Scope, Used } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
import { listedIds } from './candidates.ts'
import { stranded } from './parameter-layers.ts'
import { idsOnCommandLine, sameName, type ListedId } from './parameters.ts'
import { isDisplay, useHidden } from './pci.ts'

/** Each id for vfio-pci once. */
export interface IdsForVfio {
  /** What the running command line and modprobe.d have. */
  readonly listed: readonly ListedId[]
  /** What is written for the boot loader besides, and reaches the kernel once it is carried there. */
  readonly written: readonly ListedId[]
}

export function idsForVfio(facts: Used<'commandLine' | 'modprobe' | 'boot' | 'cpu'>): IdsForVfio {
  const seen = new Set<string>()
  const once = (one: ListedId): boolean => {
    const key = `${one.id} ${one.subsystem ?? ''}`
    return !seen.has(key) && seen.add(key).size > 0
  }
  const listed = listedIds(facts).filter(once)
  const { commandLine: line } = facts
  const boot = valueOf(facts.boot)
  if (boot === undefined || line.state === 'unknown') return { listed, written: [] }
  const waiting = stranded(boot, line, valueOf(facts.cpu)?.vendor)
  const written = waiting.flatMap(({ parameter, places: [place] }) =>
    place !== undefined && sameName(parameter.name, 'vfio-pci.ids')
      ? idsOnCommandLine({ parameters: [parameter] }, place.path)
      : [],
  )
  return { listed, written: written.filter(once) }
}

/** Of which it could not be read whether the host would miss it; a display is what people do give away. */
export function useUntold(found: readonly PciFunction[], { asked }: Scope): readonly Missing[] {
  return found.flatMap((fn) => {
    const hidden = useHidden(fn)
    if (hidden === undefined || asked.includes(fn.address) || (asked.length === 0 && isDisplay(fn))) return []
    return [missingFrom(`what of this host stands on ${fn.address}`, hidden)]
  })
}
