import { cleanLine } from './clean.ts'
import { moduleName } from './module-name.ts'
import { parametersOfValue, shellValues, wordsOfValue, type ShellFile } from './shell-values.ts'

/** A module asked for, and where: the file, and the variable in it where there is one (`path: force_drivers`). */
export interface ConfiguredModule {
  readonly module: string
  readonly source: string
}

/** mkinitcpio.conf(5) with its drop-ins, in the order of reading. */
export function parseMkinitcpio(files: readonly ShellFile[]): {
  readonly modules: readonly ConfiguredModule[]
  readonly hooks: readonly string[]
} {
  const values = shellValues(files)
  return { modules: modulesIn(values, ['MODULES']), hooks: wordsOfValue(values.get('HOOKS')) }
}

/**
 * dracut.conf(5) with its drop-ins, in the order of reading. `force_drivers` are loaded early; `add_drivers` and
 * `drivers` are only put into the image.
 */
export function parseDracut(files: readonly ShellFile[]): readonly ConfiguredModule[] {
  return modulesIn(shellValues(files), ['force_drivers', 'add_drivers', 'drivers'])
}

/** booster.yaml: `modules_force_load` are loaded early, `modules` only put into the image. */
export function parseBooster(text: string, path: string): readonly ConfiguredModule[] {
  return text.split('\n').flatMap((raw) => {
    const found = /^(modules|modules_force_load) *: *(.*)$/.exec(cleanLine(raw).trim())
    const words = (found?.[2] ?? '').replace(/#.*$/, '').split(/[\s,"'[\]]+/)
    return words
      .filter((word) => /^[\w-]{1,128}$/.test(word))
      .map((word) => ({ module: moduleName(word), source: `${path}: ${found?.[1]}` }))
  })
}

function modulesIn(values: ReturnType<typeof shellValues>, names: readonly string[]): ConfiguredModule[] {
  return names.flatMap((name) =>
    parametersOfValue(values.get(name)).map(({ path, parameter }) => ({
      // mkinitcpio takes `name?` for one that may be missing.
      module: moduleName(parameter.text.replace(/\?$/, '')),
      source: `${path}: ${name}`,
    })),
  )
}
