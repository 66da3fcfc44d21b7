import type { RenderOptions } from './renderer.ts'

/** What a line is about, at a glance. */
export type Tone = 'good' | 'bad' | 'look' | 'note' | 'unknown' | 'plain'

const SYMBOLS: Readonly<Record<Tone, string>> = {
  good: '✔',
  bad: '✖',
  look: '●',
  note: '●',
  unknown: '?',
  plain: '-',
}
/** Words, so that a pipe or a colourless terminal says as much. */
const WORDS: Readonly<Record<Tone, string>> = {
  good: 'OK',
  bad: 'FAIL',
  look: 'WARN',
  note: 'NOTE',
  unknown: '?',
  plain: '-',
}
/** SGR parameters of ECMA-48: the eight colours that every theme maps to something readable. */
const COLORS: Readonly<Record<Tone, string>> = {
  good: '32',
  bad: '31',
  look: '33',
  note: '36',
  unknown: '35',
  plain: '39',
}

export interface Style {
  /** Columns left of a paragraph: two blanks, a mark, a blank. */
  readonly indent: number
  /** `  ✔ ` or `  OK   `, coloured, as wide as `indent`. */
  lead(tone: Tone): string
  paint(tone: Tone, text: string): string
  bold(text: string): string
  dim(text: string): string
  readonly ellipsis: string
  readonly separator: string
}

export function styleOf(options: Pick<RenderOptions, 'color' | 'unicode'>): Style {
  const sgr = (code: string, text: string): string =>
    options.color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  const marks = options.unicode ? SYMBOLS : WORDS
  const indent = options.unicode ? 4 : 7
  return {
    indent,
    lead: (tone) => `  ${sgr(COLORS[tone], marks[tone])}${' '.repeat(indent - 2 - marks[tone].length)}`,
    paint: (tone, text) => (tone === 'plain' ? text : sgr(COLORS[tone], text)),
    bold: (text) => sgr('1', text),
    dim: (text) => sgr('2', text),
    ellipsis: options.unicode ? '…' : '...',
    separator: options.unicode ? ' · ' : ', ',
  }
}
