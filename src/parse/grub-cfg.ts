import type { Parameter } from '../model/boot.ts'
import { cleanLine } from './clean.ts'
import { oneLine, placeParameters } from './command-line.ts'
import { readShellWord, skipBlanks, type Piece } from './shell-words.ts'

export interface GrubEntry {
  /** Path of the kernel, as written after `linux`. */
  readonly kernel: string
  readonly parameters: readonly Parameter[]
}

export interface GrubConfig {
  /** In the order of the menu. */
  readonly entries: readonly GrubEntry[]
  /** The menu is made of the loader entries (`blscfg`, of the distributions that patch GRUB so). */
  readonly bls: boolean
}

/** Entries kept; a host has a few for each kernel. */
const ENTRY_LIMIT = 1000

/**
 * The kernels that a generated grub.cfg starts. Variables are taken from the environment block first, then from the
 * `set` lines above; an unknown one is nothing, as for GRUB. Xen's entries (`module2`) are left out. Never fails.
 */
export function parseGrubConfig(text: string, environment: ReadonlyMap<string, string> = new Map()): GrubConfig {
  const variables = new Map<string, string>()
  const entries: GrubEntry[] = []
  let bls = false
  const valueOf = (name: string): string => environment.get(name) ?? variables.get(name) ?? ''
  for (const raw of text.split('\n')) {
    const line = cleanLine(raw).trim()
    const set = /^set +(\w{1,100})=/.exec(line)
    if (set !== null) {
      const value = expand(readShellWord(line, set[0].length, ' ;').pieces, valueOf)
      variables.set(set[1] ?? '', value.slice(0, 4096))
    } else if (/^linux(?:16|efi)? /.test(line) && entries.length < ENTRY_LIMIT) {
      const [kernel = '', ...words] = expandWords(line, valueOf).slice(1)
      entries.push({ kernel, parameters: parametersOf(words) })
    } else if (/^bls(?:cfg|uki)\b/.test(line)) bls = true
  }
  return { entries, bls }
}

/** GRUB's environment block (grub-editenv): `name=value` lines of a file that `#` fills up to 1024 bytes. */
export function parseGrubEnvironment(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const raw of text.slice(0, 65_536).split('\n')) {
    if (raw.startsWith('#')) continue
    const equals = raw.indexOf('=')
    if (equals > 0) found.set(raw.slice(0, equals), cleanLine(raw.slice(equals + 1).replace(/\\(.)/g, '$1')))
  }
  return found
}

function expandWords(line: string, valueOf: (name: string) => string): string[] {
  const words: string[] = []
  for (let at = 0; at < line.length && line[at] !== '#'; at = skipBlanks(line, at)) {
    const { pieces, end } = readShellWord(line, at, ' ;')
    if (end === at) break
    // A variable outside quotes is split at blanks: `$kernelopts` holds many parameters.
    const lone = pieces.length === 1 && pieces[0]?.kind === 'variable' && line[at] === '$'
    const value = expand(pieces, valueOf)
    words.push(...(lone ? value.split(' ').filter((word) => word !== '') : [value]))
    at = end
  }
  return words
}

function expand(pieces: readonly Piece[], valueOf: (name: string) => string): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : valueOf(piece.name))).join('')
}

/** GRUB puts quotes around an argument with blanks when it hands it over (grub-core/lib/cmdline.c). */
function parametersOf(words: readonly string[]): Parameter[] {
  const line = oneLine(words.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' '))
  return placeParameters(line).map(({ text, name, value }) => ({ text, name, value }))
}
