import { BLANKS, readShellWord, type Piece } from './shell-words.ts'

/** Signs that end a word outside of quotes. */
export const ENDS: string = `${BLANKS};&|<>()`

/** Stands for what a command substitution gives, which nobody knows before it is run. */
export const UNKNOWN = '\u0000'

/** One redirection (POSIX shell, 2.7; bash: Redirections). */
export interface Redirect {
  /** The stream that is turned; `both` are standard output and error, which only bash and its like understand. */
  readonly stream: number | 'both'
  /** The file, the text of `<<<`, or null where no file is named. */
  readonly word: readonly Piece[] | null
  readonly here: boolean
  readonly end: number
}

/** Reads the redirection that begins at `at` with `>`, `<` or `&>`; `number` is the stream written before it. */
export function readRedirect(text: string, at: number, number: number | null): Redirect {
  const sign = /^(?:&>>|&>|<<<|<<-|<<|<>|<&|>>|>\||>&|>|<)/.exec(text.slice(at, at + 3))?.[0] ?? '>'
  let from = at + sign.length
  while (text[from] === ' ' || text[from] === '\t') from++
  const { pieces, end } = readShellWord(text, from, ENDS, UNKNOWN)
  const [only, ...rest] = pieces
  const copied = sign.endsWith('&') && rest.length === 0 && only?.kind === 'text' && /^(?:\d{1,9}-?|-)$/.test(only.text)
  const both = sign.startsWith('&') || (sign === '>&' && number === null && !copied)
  return {
    stream: both ? 'both' : (number ?? (sign.startsWith('<') ? 0 : 1)),
    word: copied || pieces.length === 0 ? null : pieces,
    here: sign === '<<<',
    end,
  }
}
