import type { Step } from '../../src/model/remedy.ts'
import type { Part } from '../plan.ts'
import { isSentence, partTitle } from '../sentences.ts'
import { displayWidth, hang, wrap } from '../width.ts'
import { effectWords } from '../wording.ts'
import { heading, type Page, type Section } from './page.ts'

/** What to type, numbered through, grouped by what it is for where there is more than one. */
export function stepSections(parts: readonly Part[], page: Page): readonly Section[] {
  let number = 0
  return parts.map((part) => [
    ...heading(partTitle(part, parts.length, page.short), page),
    ...part.steps.flatMap((step) => stepLines(++number, step, part.noReboot, page)),
  ])
}

/** One step: what to say with its effect at the right edge, then what to type, exactly and on lines of its own. */
export function stepLines(number: number | null, step: Step, noReboot: boolean, page: Page): Section {
  const { style, width } = page
  const column = style.indent + 3
  const lead = `${' '.repeat(style.indent)}${number === null ? '-' : number}`.padEnd(column)
  const effect = effectWords(step.effect, noReboot)
  return [
    ...saying(lead, page.short(step.say), effect === null ? '' : `(${effect})`, page),
    ...(step.run === undefined ? [] : verbatim(step.run, column + 2)),
    ...(step.edit === undefined
      ? []
      : [...hang(' '.repeat(column), `in ${step.edit.path}:`, width), ...verbatim(step.edit.text, column + 2)]),
    ...(step.risk === undefined ? [] : hang(' '.repeat(column), `risk: ${page.short(step.risk)}`, width)),
    ...(step.undo === undefined ? [] : undoing(step.undo, column, page)),
  ]
}

function saying(lead: string, text: string, right: string, page: Page): Section {
  const room = page.width - lead.length
  const beside = right === '' ? room : room - displayWidth(right) - 2
  const lines = wrap(text, beside >= room / 2 ? beside : room)
  const [first = '', ...others] = lines
  const gap = ' '.repeat(Math.max(2, room - displayWidth(first) - displayWidth(right)))
  const fits = displayWidth(first) <= beside
  return [
    lead + first + (right !== '' && fits ? gap + page.style.paint('look', right) : ''),
    ...others.map((line) => ' '.repeat(lead.length) + line),
    ...(fits ? [] : [`${' '.repeat(lead.length)}${page.style.paint('look', right)}`]),
  ]
}

/** Never wrapped nor altered: it is there to be pasted. */
function verbatim(text: string, indent: number): Section {
  return text.split('\n').map((line) => ' '.repeat(indent) + line)
}

/** An undo is a sentence or a command; only a sentence may be wrapped. */
function undoing(text: string, column: number, page: Page): Section {
  if (isSentence(text)) return hang(' '.repeat(column), `undo: ${page.short(text)}`, page.width)
  return text.includes('\n')
    ? [`${' '.repeat(column)}undo:`, ...verbatim(text, column + 2)]
    : [`${' '.repeat(column)}undo: ${text}`]
}
