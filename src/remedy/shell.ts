import type { Platform } from './platform.ts'

/** A command that needs root. */
export function asRoot(platform: Platform, command: string): string {
  return platform.root === 'sudo' ? `sudo ${command}` : command
}

/** Writes a word to a sysfs attribute. `>` would be opened by the caller's own shell, without sudo's rights. */
export function write(platform: Platform, word: string, path: string): string {
  const echo = word === '' ? 'echo' : `echo ${word}`
  return platform.root === 'sudo' ? `${echo} | sudo tee ${path}` : `${echo} > ${path}`
}

/** Appends a line to a file unless the file has it. The line must be a `configLine`. */
export function appendLine(platform: Platform, line: string, path: string): string {
  const tee = platform.root === 'sudo' ? `sudo tee -a ${path}` : `tee -a ${path}`
  return `${asRoot(platform, `grep -qsxF '${line}' ${path}`)} || echo '${line}' | ${tee}`
}

/** Takes a whole line out of a file. */
export function deleteLine(platform: Platform, line: string, path: string): string {
  return asRoot(platform, `sed -i -e '/^[[:blank:]]*${pattern(line)}[[:blank:]]*$/d' ${path}`)
}

/** Replaces a file by these lines, each a `configLine`. */
export function writeFile(platform: Platform, content: readonly string[], path: string): string {
  const text = content.map((line) => `'${line}'`).join(' ')
  return `printf '%s\\n' ${text} | ${platform.root === 'sudo' ? `sudo tee ${path}` : `tee ${path}`}`
}

/** Keeps the first copy of a file, so that a second run does not overwrite the original with a changed one. */
export function backup(platform: Platform, path: string): string {
  return asRoot(platform, `cp -an ${path} ${path}.bak-vfio-doctor`)
}

/** The text as a basic regular expression that matches itself, fit to stand between slashes. */
export function pattern(text: string): string {
  return text.replace(/[.*[\]^$\\/]/g, '\\$&')
}

/** The text as the right side of sed's `s/…/…/`. */
export function replacement(text: string): string {
  return text.replace(/[&\\/]/g, '\\$&')
}

/** Characters that can stand within a parameter; anything else parts two of them. A sed pattern ends at a bare slash. */
const INNER = String.raw`[:alnum:]_.,:=@\/+-`
/** What no quote can be: the last character of a quoted list that ends its line is something else. */
const NO_QUOTE = String.raw`[:alnum:][:space:]_.,:;=@\/+!?)#-`

/** Lines that hold a list of parameters. */
export interface ParameterLines {
  /** Their sed address: `1`, or `/pattern/`. */
  readonly select: string
  /** Whether the list ends in a quote, or with the line. */
  readonly quoted: boolean
}

/** A sed expression (for single quotes) that appends a parameter to the list, unless it is there. */
export function addWord(where: ParameterLines, word: string): string {
  const append = where.quoted
    ? `s/\\([^${NO_QUOTE}]\\)[[:space:]]*$/ ${replacement(word)}\\1/`
    : `s/[[:space:]]*$/ ${replacement(word)}/`
  return `${where.select}{/${alone(word)}/!${append};}`
}

/** A sed expression (for single quotes) that takes a parameter out of the list. */
export function removeWord(where: ParameterLines, word: string): string {
  return `${where.select}s/${alone(word)}/\\1\\2/g`
}

function alone(word: string): string {
  return `\\(^\\|[^${INNER}]\\)${pattern(word)}\\([^${INNER}]\\|$\\)`
}
