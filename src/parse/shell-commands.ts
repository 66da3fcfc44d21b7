import { BLANKS, endOfLine, readShellWord, skipBlanks, type Piece } from './shell-words.ts'

/** The pieces of one word; an operator that writes or pipes (`>`, `|`) is a word of its own. */
export type Word = readonly Piece[]

/** A pipeline of a shell script: what stands between the signs that end a command. */
export interface ShellCommand {
  readonly words: readonly Word[]
  /** As it is written. */
  readonly raw: string
  /** Counted from 1. */
  readonly line: number
  /** What joins it to the one before. */
  readonly joint: '' | '&&' | '||'
  /** It is the head of a function. */
  readonly defines: boolean
}

const ENDS = `${BLANKS};&|<>()`

/**
 * The commands of a POSIX or bash script in the order in which they stand, without a shell. A list in brackets behind
 * `NAME=` belongs to that word. Never fails.
 */
export function shellCommands(text: string): ShellCommand[] {
  const commands: ShellCommand[] = []
  let words: Word[] = []
  let joint: ShellCommand['joint'] = ''
  let start = 0
  let [line, counted] = [1, 0]
  const lineAt = (at: number): number => {
    for (let next = text.indexOf('\n', counted); next >= 0 && next < at; next = text.indexOf('\n', counted)) {
      line++
      counted = next + 1
    }
    return line
  }
  const end = (at: number, next: ShellCommand['joint'], defines = false): void => {
    if (words.length > 0) commands.push({ words, raw: text.slice(start, at), line: lineAt(start), joint, defines })
    if (words.length > 0 || next !== '') joint = next
    words = []
  }
  const push = (word: Word, at: number): void => {
    if (words.length === 0) start = at
    words.push(word)
  }
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '\n' || char === ';') end(at++, '')
    else if (char === '#') at = endOfLine(text, at)
    else if (char === '&' && text[at + 1] === '>') at++
    else if (char === '&' || char === '|') {
      const twice = text[at + 1] === char
      if (twice) end(at, char === '&' ? '&&' : '||')
      else if (char === '&') end(at, '')
      else push([{ kind: 'text', text: '|' }], at)
      at += twice ? 2 : 1
    } else if (char === '(' || char === ')') {
      end(at, '', char === '(' && words.length === 1)
      at++
    } else if (char === '>' || char === '<') {
      // `2>&1` names no file.
      const plain = text[at + 1] !== '&'
      if (char === '>' && plain) push([{ kind: 'text', text: '>' }], at)
      at += plain ? 1 : 2
    } else if (BLANKS.includes(char)) at++
    else if (char === '\\' && skipBlanks(text, at) > at) at = skipBlanks(text, at)
    else {
      const word = readShellWord(text, at, ENDS)
      const list = text[word.end] === '(' && isAssignment(word.pieces) ? readList(text, word.end + 1) : null
      push(list === null ? word.pieces : [...word.pieces, ...list.pieces], at)
      at = list?.end ?? word.end
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
      const word = readShellWord(text, at, `${BLANKS})`)
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
