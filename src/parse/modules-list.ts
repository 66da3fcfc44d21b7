import { cleanLine } from './clean.ts'
import { moduleName } from './module-name.ts'

/**
 * Names asked for by a list with one module a line: /etc/modules, modules-load.d(5), /etc/initramfs-tools/modules.
 * `#` and `;` begin a comment line; words after the name are options, which only the last of these files takes.
 */
export function parseModulesList(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const word = cleanLine(line).trim().split(/[\s#]/, 1)[0] ?? ''
    return /^[\w-]{1,128}$/.test(word) ? [moduleName(word)] : []
  })
}
