import type { Parameter } from '../model/boot.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import { parametersNamed } from './parameters.ts'

/** A module that modprobe is not to choose by the ids of a device (modprobe.d(5): blacklist). */
export interface Blacklisted {
  readonly module: string
  /** `path:line` of modprobe.d, or where the command line was read. */
  readonly source: string
  /** The word of the command line that names it. */
  readonly parameter?: Parameter
  /** Counts in the initramfs alone. */
  readonly early?: boolean
}

/** Lines of files once for each module, with all their places: both spellings of a name are one (modprobe.d(5)). */
export function onceEach(all: readonly Blacklisted[]): readonly (Blacklisted & { readonly places: string })[] {
  const sources = new Map<string, string[]>()
  const firsts = all.filter(({ module, source, parameter }) => {
    if (parameter !== undefined) return true
    const before = sources.get(module)
    before?.push(source)
    if (before === undefined) sources.set(module, [source])
    return before === undefined
  })
  return firsts.map((one) => {
    const places = one.parameter === undefined ? sources.get(one.module)?.join(', ') : undefined
    return { ...one, places: places ?? one.source }
  })
}

/** All that is blacklisted, in modprobe.d and on the command line of this boot. */
export function blacklisted(facts: Pick<Facts, 'modprobe' | 'commandLine'>): readonly Blacklisted[] {
  const line = valueOf(facts.commandLine)
  return [
    ...(valueOf(facts.modprobe)?.directives ?? []).flatMap((one) =>
      one.kind === 'blacklist' ? [{ module: one.module, source: `${one.path}:${one.line}` }] : [],
    ),
    ...['modprobe.blacklist', 'rd.driver.blacklist'].flatMap((name) =>
      (line === undefined ? [] : parametersNamed(line, name)).flatMap((parameter) =>
        (parameter.value ?? '').split(',').map((word) => ({
          module: word.replaceAll('-', '_'),
          source: facts.commandLine.source,
          parameter,
          // dracut.cmdline(7): of no effect beyond the initramfs.
          early: name.startsWith('rd.'),
        })),
      ),
    ),
  ]
}
