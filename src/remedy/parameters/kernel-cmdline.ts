import { tee } from '../shell.ts'
import type { Ground } from '../steps.ts'
import type { Recipe } from './change.ts'
import { edit, WHOLE_LINE } from './files.ts'

/** What kernel-install and its like take the parameters of new entries from (kernel-install(8)). */
export const CMDLINE = '/etc/kernel/cmdline'

/** Without the file, the tools that read it take the running line, so the first edit starts from that. */
export function ensureCmdline(on: Ground): string {
  const strip = "-e 's/BOOT_IMAGE=[^ ]* *//g' -e 's/initrd=[^ ]* *//g'"
  return `test -s ${CMDLINE} || sed ${strip} /proc/cmdline | ${tee(on.platform, CMDLINE)}`
}

/** The parameters stand in that file, and these commands write the boot entries from it. */
export function byCmdline(on: Ground, generate: readonly string[]): Extract<Recipe, { kind: 'commands' }> {
  return {
    kind: 'commands',
    place: CMDLINE,
    files: [CMDLINE],
    makes: [ensureCmdline(on)],
    commands: (change) => edit(on, WHOLE_LINE, change, [CMDLINE]),
    generate,
  }
}
