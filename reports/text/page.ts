import type { RenderOptions } from '../renderer.ts'
import { styleOf, type Style, type Tone } from '../style.ts'
import { displayWidth, hang, pad, wrap } from '../width.ts'
import type { Shorten } from '../wording.ts'

/** What every section of a text report needs to lay itself out. */
export interface Page {
  readonly width: number
  readonly verbose: boolean
  readonly style: Style
  readonly short: Shorten
}

/** A block of lines without trailing blanks; empty where there is nothing to say. */
export type Section = readonly string[]

export function pageOf(options: RenderOptions, short: Shorten): Page {
  return { width: Math.max(40, options.width), verbose: options.verbose, style: styleOf(options), short }
}

/** A paragraph at the page's indent. */
export function paragraph(text: string, page: Page): Section {
  return hang(' '.repeat(page.style.indent), page.short(text), page.width)
}

/** `    seen   text`, wrapped under the text. The label is dimmed. */
export function labelled(label: string, texts: readonly string[], page: Page): Section {
  const column = ' '.repeat(page.style.indent)
  return texts.flatMap((text, at) => {
    const lead = column + pad(at === 0 ? label : '', LABEL)
    return hang(lead, text, page.width).map((line, row) =>
      at === 0 && row === 0 ? column + page.style.dim(pad(label, LABEL)) + line.slice(lead.length) : line,
    )
  })
}

const LABEL = 10

/** A mark, a title in bold, and at the right edge what it is called; below the title where it does not fit beside it. */
export function titled(tone: Tone, title: string, right: string, page: Page): Section {
  const { style, width } = page
  const full = width - style.indent
  const beside = full - displayWidth(right) - 2
  const lines = beside >= full / 2 ? wrap(title, beside) : wrap(title, full)
  const [first = '', ...others] = lines
  const column = ' '.repeat(style.indent)
  const fits = displayWidth(first) <= beside
  const gap = ' '.repeat(Math.max(0, full - displayWidth(first) - displayWidth(right)))
  return [
    style.lead(tone) + style.bold(first) + (right !== '' && fits ? gap + style.dim(right) : ''),
    ...others.map((line) => column + style.bold(line)),
    ...(right !== '' && !fits
      ? [`${' '.repeat(Math.max(style.indent, width - displayWidth(right)))}${style.dim(right)}`]
      : []),
  ]
}

/** A mark, and a text wrapped beside it. */
export function marked(tone: Tone, text: string, page: Page): Section {
  const column = ' '.repeat(page.style.indent)
  return wrap(text, page.width - page.style.indent).map(
    (line, at) => (at === 0 ? page.style.lead(tone) : column) + line,
  )
}

/** A section's head, at the margin of the marks. */
export function heading(text: string, page: Page): Section {
  return wrap(text, page.width - 2).map((line) => `  ${page.style.bold(line)}`)
}

/** Sections parted by one empty line, closed by one line break. */
export function assemble(sections: readonly Section[]): string {
  return `${sections
    .filter((one) => one.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`
}
