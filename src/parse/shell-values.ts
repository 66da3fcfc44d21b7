import type { Parameter } from '../model/boot.ts'
import { cleanLine } from './clean.ts'
import { placeParameters } from './command-line.ts'
import { BLANKS, endOfLine, readShellWord, skipBlanks, type Piece } from './shell-words.ts'

/** A part of a variable's final value, and the file in which it is written. */
export interface Segment {
  readonly text: string
  readonly path: string
}

export interface ShellFile {
  readonly path: string
  readonly text: string
}

/** What happened to variables on the way to their values. */
export interface ShellNotes {
  /** Values that a later assignment set anew, where its text tells the whole value; and the file of that. */
  readonly overwritten: { readonly name: string; readonly segments: readonly Segment[]; readonly by: string }[]
  /** Variables of GRUB with a blank beside the `=`, which to a shell are commands; and what was meant as the value. */
  readonly strays: {
    readonly name: string
    readonly segments: readonly Segment[]
    readonly path: string
    readonly line: string
  }[]
}

/** A file has one or two. */
const NOTE_LIMIT = 64

/** Characters read of one file; configurations have a few thousand. */
const FILE_LIMIT = 262_144
/** More than any configuration needs; `A="$A$A"` over and over would not end otherwise. */
const VALUE_LIMIT = 65_536

/**
 * The variables that these files leave behind when a shell reads one after the other: `NAME=value`, `NAME+=value`
 * and `NAME=(a b)`, whose words are joined by blanks. No shell runs: what stands in an `if` is taken as done, and a
 * command substitution gives nothing. Control characters are gone. Never fails.
 */
export function shellValues(files: readonly ShellFile[], notes?: ShellNotes): ReadonlyMap<string, readonly Segment[]> {
  const values = new Map<string, readonly Segment[]>()
  for (const { path, text: all } of files) {
    const text = all.slice(0, FILE_LIMIT)
    for (let at = 0; at < text.length;) at = command(text, at, path, values, notes)
  }
  return values
}

/** The value as one text. */
export function textOfValue(segments: readonly Segment[] | undefined): string {
  return (segments ?? []).map((segment) => segment.text).join('')
}

/** A value split as the kernel splits its command line: each parameter with the file in which it begins. */
export function parametersOfValue(
  segments: readonly Segment[] = [],
): { readonly path: string; readonly parameter: Parameter }[] {
  const found: { path: string; parameter: Parameter }[] = []
  let index = 0
  let end = segments[0]?.text.length ?? 0
  for (const { start, text, name, value } of placeParameters(textOfValue(segments))) {
    while (start >= end && index < segments.length - 1) end += segments[++index]?.text.length ?? 0
    found.push({ path: segments[index]?.path ?? '', parameter: { text, name, value } })
  }
  return found
}

/** Words of a value that a shell would split at blanks. */
export function wordsOfValue(segments: readonly Segment[] | undefined): string[] {
  return textOfValue(segments)
    .split(' ')
    .filter((word) => word !== '')
}

const ENDS = `${BLANKS};&|)`
/** After these a command follows, in the same line. */
const OPENERS: readonly string[] = ['then', 'do', 'else', 'export', 'readonly', 'declare', 'local', '{', '(', '!']

/** `GRUB_X = y` runs a command GRUB_X, and `GRUB_X= y` a command y. */
const STRAY = /^(GRUB_\w{1,99})(?:[ \t]+=[ \t]*|=[ \t]+(?=[^\s#;&|\\]))/

/** Reads from the start of one command up to the start of the next. */
function command(
  text: string,
  start: number,
  path: string,
  values: Map<string, readonly Segment[]>,
  notes: ShellNotes | undefined,
): number {
  const at = skipBlanks(text, start)
  if (text[at] === '#') return endOfLine(text, at)
  const stray = notes === undefined ? null : STRAY.exec(text.slice(at, at + 256))
  if (notes !== undefined && stray !== null) {
    const { words, end } = oneWord(text, at + stray[0].length)
    const segments = words.flatMap((pieces) => expand(pieces, path, values))
    const line = cleanLine(text.slice(at, Math.min(endOfLine(text, at), at + 256)))
    if (notes.strays.length < NOTE_LIMIT) notes.strays.push({ name: stray[1] ?? '', segments, path, line })
    return end
  }
  const assignment = /^([A-Za-z_]\w{0,99})(\["?[\w.+-]{0,99}"?\])?(\+?)=/.exec(text.slice(at, at + 256))
  if (assignment === null) {
    const word = readShellWord(text, at, ENDS)
    const written = text.slice(at, word.end)
    return OPENERS.includes(written) ? word.end : endOfCommand(text, at)
  }
  const name = `${assignment[1] ?? ''}${(assignment[2] ?? '').replaceAll('"', '')}`
  const appended = assignment[3] === '+'
  const from = at + assignment[0].length
  const array = text[from] === '('
  const { words, end } = array ? arrayWords(text, from + 1) : oneWord(text, from)
  const before = values.get(name) ?? []
  const old = appended ? before : []
  if (notes !== undefined && !appended && before.length > 0 && notes.overwritten.length < NOTE_LIMIT) {
    // Of a command substitution, or of more than a name in braces, the value cannot be told.
    if (!/`|\$\(|\$\{\w*[^\w}]/.test(text.slice(from, end)))
      notes.overwritten.push({ name, segments: before, by: path })
  }
  const blank = { text: ' ', path }
  const added = words.flatMap((pieces, index) => {
    const segments = expand(pieces, path, values)
    return array && (index > 0 || old.length > 0) ? [blank, ...segments] : segments
  })
  values.set(name, limited([...old, ...added]))
  return end
}

function oneWord(text: string, at: number): { readonly words: Piece[][]; readonly end: number } {
  const { pieces, end } = readShellWord(text, at, ENDS)
  return { words: [pieces], end }
}

function arrayWords(text: string, start: number): { readonly words: Piece[][]; readonly end: number } {
  const words: Piece[][] = []
  let at = skipBlanks(text, start)
  while (at < text.length && text[at] !== ')') {
    if (text[at] === '#') at = endOfLine(text, at)
    else {
      const word = readShellWord(text, at, `${BLANKS})`)
      words.push(word.pieces)
      at = word.end
    }
    at = skipBlanks(text, at)
  }
  return { words, end: at + 1 }
}

/** Past the end of the command: a newline, `;`, `&` or `|` outside quotes. */
function endOfCommand(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    if ('\n;&|)'.includes(text[at] ?? '')) return at + 1
    if (text[at] === '#' && ' \t'.includes(text[at - 1] ?? ' ')) return endOfLine(text, at)
    at = Math.max(at + 1, readShellWord(text, at, ENDS).end)
    // The word may have ended at the character that ends the command; then look at it in the next turn.
    while (text[at] === ' ' || text[at] === '\t') at++
  }
  return at
}

function expand(pieces: readonly Piece[], path: string, values: ReadonlyMap<string, readonly Segment[]>): Segment[] {
  return pieces.flatMap((piece) =>
    piece.kind === 'variable'
      ? (values.get(piece.name) ?? [])
      : [{ text: cleanLine(piece.text.replace(/[\n\v\f\r]/g, ' ')), path }],
  )
}

function limited(segments: readonly Segment[]): Segment[] {
  const kept: Segment[] = []
  let left = VALUE_LIMIT
  for (const { text, path } of segments) {
    if (text === '') continue
    if (left <= 0) break
    const last = kept.at(-1)
    const piece = text.slice(0, left)
    if (last?.path === path) kept[kept.length - 1] = { text: last.text + piece, path }
    else kept.push({ text: piece, path })
    left -= piece.length
  }
  return kept
}
