import type { InstallLine, ModprobeDirective } from '../model/modules.ts'
import { globMatches } from './glob.ts'

/**
 * The install line that kmod obeys for a module: the first whose name, which may be a pattern, fits
 * (libkmod-module.c: kmod_module_get_install_commands), in the order in which the files are read (libkmod-config.c:
 * conf_files_insert_sorted, by file name). The others do nothing.
 */
export function installLine(
  directives: readonly ModprobeDirective[],
  module: string = 'vfio_pci',
): InstallLine | undefined {
  return installLines(directives, module)[0]
}

/** All install lines whose name fits a module, the one that kmod obeys first. */
export function installLines(
  directives: readonly ModprobeDirective[],
  module: string = 'vfio_pci',
): readonly InstallLine[] {
  return directives.filter((one): one is InstallLine => one.kind === 'install' && globMatches(one.module, module))
}
