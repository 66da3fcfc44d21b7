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

/** `tee` onto a path, as root. */
export function tee(platform: Platform, path: string, how: '' | '-a ' = ''): string {
  return asRoot(platform, `tee ${how}${path}`)
}

/** Appends a line to a file unless the file has it. The line must be a `configLine`. */
export function appendLine(platform: Platform, line: string, path: string): string {
  return `grep -qsxF '${line}' ${path} || echo '${line}' | ${tee(platform, path, '-a ')}`
}

/** Takes a whole line out of a file. */
export function deleteLine(platform: Platform, line: string, path: string): string {
  return asRoot(platform, `sed -i -e '/^[[:blank:]]*${pattern(line)}[[:blank:]]*$/d' ${path}`)
}

/**
 * Replaces a file of our own by these lines; nothing in them is expanded. No here-document: a report may indent what
 * it prints, and an indented end mark would not be one.
 */
export function writeFile(platform: Platform, content: readonly string[], path: string): string {
  return `${printed(content)} | ${tee(platform, path)}`
}

/** Appends these lines to a file of our own. */
export function appendFile(platform: Platform, content: readonly string[], path: string): string {
  return `${printed(content)} | ${tee(platform, path, '-a ')}`
}

function printed(content: readonly string[]): string {
  const quoted = content.map((line) => `'${line.replaceAll("'", String.raw`'\''`)}'`)
  return `printf '%s\\n' ${quoted.join(' ')}`
}

/** Keeps the first copy of a file: a second run must not overwrite the original with a changed one. */
export function backup(platform: Platform, path: string): string {
  return `test -e ${path}.bak-vfio-doctor || ${asRoot(platform, `cp -a ${path} ${path}.bak-vfio-doctor`)}`
}

/** The text as a basic regular expression that matches itself, fit to stand between slashes. */
export function pattern(text: string): string {
  return text.replace(/[.*[\]^$\\/]/g, '\\$&')
}

/** The text as the right side of sed's `s/…/…/`. */
export function replacement(text: string): string {
  return text.replace(/[&\\/]/g, '\\$&')
}

/** Lines that hold a list of parameters. */
export interface ParameterLines {
  /** Their sed address: `1`, or `/pattern/`. */
  readonly select: string
  /** Whether the list stands in double quotes that end the line, or ends with the line. */
  readonly quoted: boolean
}

/** A sed expression (for single quotes) that appends a parameter to the list, unless it is there. */
export function addWord(where: ParameterLines, word: string): string {
  const [before, after] = edges(where)
  const end = where.quoted ? '"' : ''
  const append = `s/${end}[[:space:]]*$/ ${replacement(word)}${end}/`
  return `${where.select}{/${before}${pattern(word)}${after}/!${append};}`
}

/** A sed expression (for single quotes) that takes a parameter out of the list. */
export function removeWord(where: ParameterLines, word: string): string {
  const [before, after] = where.quoted ? ['\\([" ]\\)', '\\([" ]\\)'] : edges(where)
  return `${where.select}s/${before}${pattern(word)}${after}/\\1\\2/g`
}

/** What stands before and after a parameter in a list. */
function edges(where: ParameterLines): readonly [string, string] {
  return where.quoted ? ['[" ]', '[" ]'] : ['\\(^\\| \\)', '\\( \\|$\\)']
}
