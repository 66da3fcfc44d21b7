import type { Parameter } from '../model/boot.ts'
import { parametersOfValue, shellValues, textOfValue, type ShellFile } from './shell-values.ts'

export interface GrubDefaults {
  /** One for each file, in their order; what a later file overwrites is not listed. */
  readonly sources: readonly { readonly path: string; readonly parameters: readonly Parameter[] }[]
  /** `GRUB_ENABLE_BLSCFG`; null where no file sets it. */
  readonly bls: boolean | null
}

/**
 * The kernel parameters that grub-mkconfig takes from /etc/default/grub and what it reads after it: first
 * GRUB_CMDLINE_LINUX, then GRUB_CMDLINE_LINUX_DEFAULT (util/grub.d/10_linux.in). Recovery entries get the first alone.
 */
export function parseGrubDefaults(files: readonly ShellFile[]): GrubDefaults {
  const values = shellValues(files)
  const written = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'].flatMap((name) =>
    parametersOfValue(values.get(name)),
  )
  const bls = textOfValue(values.get('GRUB_ENABLE_BLSCFG')).trim()
  return {
    sources: files.map(({ path }) => ({
      path,
      parameters: written.filter((one) => one.path === path).map((one) => one.parameter),
    })),
    bls: bls === '' ? null : bls === 'true',
  }
}
