import { ENDS, readRedirect, UNKNOWN } from './shell-redirects.ts'
import { BLANKS, endOfLine, readShellWord, skipBlanks, type Piece } from './shell-words.ts'

/** The pieces of one word. */
export type Word = readonly Piece[]

/** Where the standard output of a command goes: on, into a file, or where nobody can follow. */
export type Output =
  | { readonly to: 'next' | 'elsewhere' }
  /** `bash` where a plain POSIX shell reads the line otherwise (`&>`). */
  | { readonly to: 'file'; readonly path: Word; readonly bash: boolean }

/** One command of a pipeline. Its redirections are no words. */
export interface Stage {
  readonly words: readonly Word[]
  readonly output: Output
  /** The text that is given to it with `<<<`. */
  readonly input: Word | null
}

/** A pipeline of a shell script: what stands between the signs that end a command. */
export interface ShellCommand {
  /** Those of the first stage. */
  readonly words: readonly Word[]
  readonly stages: readonly Stage[]
  /** As it is written. */
  readonly raw: string
  /** Counted from 1. */
  readonly line: number
  /** What joins it to the one before. */
  readonly joint: '' | '&&' | '||'
  /** It is the head of a function. */
  readonly defines: boolean
}

const ON: Output = { to: 'next' }

/**
 * The commands of a POSIX or bash script in the order in which they stand, without a shell. A list in brackets behind
 * `NAME=` belongs to that word. Never fails.
 */
export function shellCommands(text: string): ShellCommand[] {
  const commands: ShellCommand[] = []
  let stages: Stage[] = []
  let words: Word[] = []
  let output = ON
  let input: Word | null = null
  let joint: ShellCommand['joint'] = ''
  let start = -1
  let [line, counted] = [1, 0]
  const lineAt = (at: number): number => {
    for (let next = text.indexOf('\n', counted); next >= 0 && next < at; next = text.indexOf('\n', counted)) {
      line++
      counted = next + 1
    }
    return line
  }
  const endStage = (): void => {
    if (words.length > 0) stages.push({ words, output, input })
    words = []
    output = ON
    input = null
  }
  const end = (at: number, next: ShellCommand['joint'], defines = false): void => {
    endStage()
    const [first] = stages
    if (first !== undefined)
      commands.push({ words: first.words, stages, raw: text.slice(start, at), line: lineAt(start), joint, defines })
    if (first !== undefined || next !== '') joint = next
    stages = []
    start = -1
  }
  const begin = (at: number): void => {
    if (start < 0) start = at
  }
  const redirect = (at: number, number: number | null): number => {
    const { stream, word, here, end: behind } = readRedirect(text, at, number)
    if (here) input = word
    else if (stream === 1 || stream === 'both')
      output = word === null ? { to: 'elsewhere' } : { to: 'file', path: word, bash: stream === 'both' }
    return behind
  }
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    // A pipe goes on in the next line.
    if (char === '\n' && stages.length > 0 && words.length === 0) at++
    else if (char === '\n' || char === ';') end(at++, '')
    else if (char === '#') at = endOfLine(text, at)
    else if (char === '>' || char === '<' || (char === '&' && text[at + 1] === '>')) {
      begin(at)
      at = redirect(at, null)
    } else if (char === '&' || char === '|') {
      const twice = text[at + 1] === char
      if (twice) end(at, char === '&' ? '&&' : '||')
      else if (char === '&') end(at, '')
      else endStage()
      at += twice || (char === '|' && text[at + 1] === '&') ? 2 : 1
    } else if (char === '(' || char === ')') {
      end(at, '', char === '(' && stages.length === 0 && words.length === 1)
      at++
    } else if (BLANKS.includes(char)) at++
    else if (char === '\\' && skipBlanks(text, at) > at) at = skipBlanks(text, at)
    else {
      begin(at)
      const word = readShellWord(text, at, ENDS, UNKNOWN)
      const number =
        '<>'.includes(text[word.end] ?? ' ') && /^\d{1,9}$/.test(text.slice(at, Math.min(word.end, at + 10)))
      const list = text[word.end] === '(' && isAssignment(word.pieces) ? readList(text, word.end + 1) : null
      if (number) at = redirect(word.end, Number(text.slice(at, word.end)))
      else {
        words.push(list === null ? word.pieces : [...word.pieces, ...list.pieces])
        at = list?.end ?? word.end
      }
    }
  }
  end(text.length, '')
  return commands
}

function isAssignment(pieces: Word): boolean {
  const [only, ...rest] = pieces
  return rest.length === 0 && only?.kind === 'text' && /^[A-Za-z_]\w{0,99}\+?=$/.test(only.text)
}

/** The words up to the closing bracket, as pieces with a blank between two words. */
function readList(text: string, from: number): { readonly pieces: Piece[]; readonly end: number } {
  const pieces: Piece[] = []
  let at = skipBlanks(text, from)
  while (at < text.length && text[at] !== ')') {
    if (text[at] === '#') at = endOfLine(text, at)
    else {
      const word = readShellWord(text, at, `${BLANKS})`, UNKNOWN)
      pieces.push({ kind: 'text', text: ' ' }, ...word.pieces)
      at = word.end
    }
    at = skipBlanks(text, at)
  }
  return { pieces, end: Math.min(at + 1, text.length) }
}

/** The text of a word that no variable stands in, else null. */
export function plainWord(word: Word | undefined): string | null {
  if (word === undefined) return null
  return word.every((piece) => piece.kind === 'text') ? word.map((piece) => textOf(piece)).join('') : null
}

/** A piece as text; a variable as it is written. */
export function textOf(piece: Piece): string {
  return piece.kind === 'text' ? piece.text : piece.written
}

const SHELL = /^(?:\/(?:usr\/)?(?:local\/)?s?bin\/)?(?:sh|bash|dash|ash)$/
const BUSYBOX = /^(?:\/(?:usr\/)?s?bin\/)?(?:busybox|toybox)$/

/** What follows `sh`, `bash` or `busybox sh`; null for another command. */
export function shellArguments(words: readonly Word[]): readonly Word[] | null {
  const [first, second] = words.map(plainWord)
  if (SHELL.test(first ?? '')) return words.slice(1)
  return BUSYBOX.test(first ?? '') && /^(?:sh|ash)$/.test(second ?? '') ? words.slice(2) : null
}
