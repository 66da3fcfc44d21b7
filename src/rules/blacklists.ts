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
  const written = (one: Blacklisted, module: string): boolean => one.module === module && one.parameter === undefined
  return all.flatMap((one, at) => {
    if (one.parameter !== undefined) return [{ ...one, places: one.source }]
    if (all.findIndex((other) => written(other, one.module)) !== at) return []
    const same = all.filter((other) => written(other, one.module))
    return [{ ...one, places: same.map((other) => other.source).join(', ') }]
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
