import { NAMED_MODULES } from '../knowledge/named-modules.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { ModprobeDirective } from '../model/modules.ts'
import type { Action } from '../model/remedy.ts'
import { globMatches } from './glob.ts'
import { moduleState } from './modules.ts'
import { oneLetterApart } from './one-letter-apart.ts'

export interface MisspeltModule {
  /** As written, with underscores. */
  readonly module: string
  /** The module of this host that is one letter away. */
  readonly meant: string
  readonly source: string
  readonly saw: string
  /** What puts it right. */
  readonly remedy: Action
}

/** Words of the command line that list modules: kernel/module/main.c, libkmod-config.c, dracut.cmdline(7). */
const LISTS: readonly string[] = [
  'modprobe.blacklist',
  'module_blacklist',
  'rd.driver.blacklist',
  'rd.driver.pre',
  'rd.driver.post',
]

/** Names in modprobe.d and on the command line that miss a module of this host by one letter. */
export function misspeltModules(facts: Pick<Facts, 'modules' | 'modprobe' | 'commandLine'>): readonly MisspeltModule[] {
  const written = (valueOf(facts.modprobe)?.directives ?? []).flatMap((one) =>
    modulesNamed(one).flatMap((module): readonly MisspeltModule[] => {
      const meant = moduleMeant(facts, module)
      if (meant === undefined) return []
      // What a line keeps from loading may be what the host runs on: whoever wrote it has to look.
      const remedy: Action =
        one.kind === 'blacklist' || one.kind === 'install'
          ? { do: 'advise', say: `Correct the name in ${one.path}:${one.line} to ${meant}, or take the line out.` }
          : { do: 'correct-module-name', path: one.path, from: module, to: meant }
      return [{ module, meant, source: `${one.path}:${one.line}`, saw: `${one.kind} … ${module}`, remedy }]
    }),
  )
  const { source } = facts.commandLine
  const given = (valueOf(facts.commandLine)?.parameters ?? []).flatMap(({ name, value, text }) =>
    LISTS.includes(name)
      ? (value ?? '').split(',').flatMap((word): readonly MisspeltModule[] => {
          const module = word.replaceAll('-', '_')
          const meant = moduleMeant(facts, module)
          if (meant === undefined) return []
          const fixed = (value ?? '').split(',').map((one) => (one === word ? meant : one))
          const parameter = `${name}=${fixed.join(',')}`
          return [
            { module, meant, source, saw: text, remedy: { do: 'set-kernel-parameter', parameter, without: text } },
          ]
        })
      : [],
  )
  return [...written, ...given]
}

/** Spellings of VFIO's modules that guides and posts have; no kernel has a module of such a name. */
const SPELLINGS: readonly { readonly wrong: RegExp; readonly right: string }[] = [
  { wrong: /^vfio_?pcie?s?$/, right: 'vfio_pci' },
  { wrong: /^vfio_type1$|^vfio_iommu$/, right: 'vfio_iommu_type1' },
]

/** The module of VFIO that this kernel has and that is meant by a name that no module has. */
export function vfioMeant(facts: Pick<Facts, 'modules' | 'modprobe'>, name: string): string | undefined {
  const right = SPELLINGS.find((one) => one.wrong.test(name))?.right
  const there = right === undefined ? 'missing' : moduleState(facts, right)
  return there === undefined || there === 'missing' ? moduleMeant(facts, name) : right
}

/**
 * The name itself must be no module's, all lists read, and no alias of modprobe.d: `options` go by an alias too
 * (libkmod/libkmod-module.c: kmod_module_get_options).
 */
function moduleMeant(facts: Pick<Facts, 'modules' | 'modprobe'>, name: string): string | undefined {
  const meant = NAMED_MODULES.find((one) => oneLetterApart(one, name))
  if (meant === undefined || NAMED_MODULES.includes(name) || moduleState(facts, name) !== 'missing') return undefined
  const there = moduleState(facts, meant)
  if (there === undefined || there === 'missing') return undefined
  const aliased = (valueOf(facts.modprobe)?.directives ?? []).some(
    (one) => one.kind === 'alias' && globMatches(one.wildcard, name),
  )
  return aliased ? undefined : meant
}

/** The modules that a line speaks of. */
export function modulesNamed(one: ModprobeDirective): readonly string[] {
  switch (one.kind) {
    case 'options':
    case 'blacklist':
    case 'install':
    case 'remove':
    case 'alias':
      return [one.module]
    case 'softdep':
      return [one.module, ...one.pre, ...one.post]
    case 'weakdep':
      return [one.module, ...one.modules]
    case 'unknown':
      return []
    default:
      return one satisfies never
  }
}
