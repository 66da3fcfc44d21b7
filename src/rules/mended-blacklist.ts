import type { Parameter } from '../model/boot.ts'
import type { Hit } from '../model/check.ts'
import type { Action } from '../model/remedy.ts'

/**
 * What to do about a name with a dash in `module_blacklist=`, which is compared byte for byte with names of underscores
 * (kernel/module/main.c: blacklisted). All names are put right in one word. Those of VFIO are dropped from it: spelt
 * right they would bar vfio-pci itself.
 */
export function mendedBlacklist(
  { name, value, text }: Parameter,
  module: string,
  vfio: RegExp,
): Pick<Hit, 'values' | 'remedy' | 'severity'> {
  const kept = (value ?? '')
    .split(',')
    .map((one) => one.replaceAll('-', '_'))
    .filter((one) => one !== '' && !vfio.test(one))
  const wanted = module.replaceAll('-', '_')
  const ours = vfio.test(wanted)
  const how = ours
    ? `Spelt right it would keep ${wanted} from being loaded, so it is to be taken out.`
    : `What was meant is ${wanted}.`
  return {
    values: { module, parameter: text, fixed: `${name}=${kept.join(',')}`, how },
    ...(ours ? { severity: 'info' } : {}),
    ...(kept.length === 0 ? { remedy: [{ do: 'remove-kernel-parameter', parameter: text }] } : {}),
  }
}

/** Takes these modules out of a word that lists others as well, or the word, which bears on nothing else. */
export function withoutModules({ name, value, text }: Parameter, modules: RegExp): readonly Action[] {
  const listed = (value ?? '').split(',').filter((one) => one !== '')
  const kept = listed.filter((one) => !modules.test(one.replaceAll('-', '_')))
  if (kept.length === listed.length) return []
  if (kept.length === 0) return [{ do: 'remove-kernel-parameter', parameter: text }]
  return [{ do: 'set-kernel-parameter', parameter: `${name}=${kept.join(',')}`, without: text }]
}
