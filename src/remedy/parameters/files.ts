import type { Loader, ParameterSource } from '../../model/boot.ts'
import { valueOf } from '../../model/fact.ts'
import { configPath } from '../grammar.ts'
import { addWord, asRoot, removeWord, type ParameterLines } from '../shell.ts'
import type { Ground } from '../steps.ts'
import type { Change } from './change.ts'

/** Files that this machine is known to keep parameters in, fit for a command. */
export function sources(on: Ground, wanted: (source: ParameterSource) => boolean): readonly string[] {
  const all = valueOf(on.facts.boot)?.sources ?? []
  const paths = all.filter(wanted).map((one) => configPath(one.path))
  return [...new Set(paths.filter((path) => path !== null))].slice(0, 16)
}

export function hasSource(on: Ground, path: string): boolean {
  return (valueOf(on.facts.boot)?.sources ?? []).some((one) => one.path === path)
}

/** Where limine-entry-tool, which writes limine.conf, has its settings. */
export const LIMINE_DEFAULTS = '/etc/default/limine'

/** What the tool reads besides. */
const LIMINE_TOOL = '/etc/limine-entry-tool'

/** Whether that tool makes what the loader reads: limine.conf, or the unified kernel image that Limine starts. */
export function limineDefaults(on: Ground): boolean {
  const { loader, system } = on.platform
  if (loader !== 'limine' && loader !== 'uki') return false
  return limineFiles(on).length > 0 || (loader === 'limine' && system === 'cachyos')
}

/** The files of the tool that feed the loader in use. */
export function limineFiles(on: Ground): readonly string[] {
  const { loader } = on.platform
  const ours = (path: string): boolean => path === LIMINE_DEFAULTS || path.startsWith(LIMINE_TOOL)
  return sources(on, (one) => one.loader === loader && ours(one.path))
}

/** Files of these loaders in which people write. */
export function configured(on: Ground, loaders: readonly Loader[], under: string): readonly string[] {
  return sources(on, (one) => one.layer === 'configured' && loaders.includes(one.loader) && one.path.startsWith(under))
}

/** One sed over the files (or the files that `find` names) that makes the change on the lines. */
export function edit(on: Ground, where: ParameterLines, change: Change, files: readonly string[]): readonly string[] {
  return wrap(on, editScript(where, change), (sed) => `${sed} ${files.join(' ')}`)
}

export function editFound(on: Ground, where: ParameterLines, change: Change, directory: string): readonly string[] {
  return wrap(on, editScript(where, change), (sed) => `find ${directory} -name '*.conf' -exec ${sed} {} +`)
}

function editScript(where: ParameterLines, change: Change): readonly string[] {
  return [...change.remove.map((word) => removeWord(where, word)), ...change.add.map((word) => addWord(where, word))]
}

function wrap(on: Ground, script: readonly string[], command: (sed: string) => string): readonly string[] {
  if (script.length === 0) return []
  const expressions = script.map((one) => `-e '${one}'`).join(' ')
  return [asRoot(on.platform, command(`sed -i ${expressions}`))]
}

/** A file that is parameters throughout, mostly on one line; mkinitcpio and kernel-install pass comments over. */
export const WHOLE_LINE: ParameterLines = { select: '/^[^#]/', quoted: false }
