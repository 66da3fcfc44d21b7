import type { Area, Problem } from '../src/model/check.ts'
import type { Remedy, Step } from '../src/model/remedy.ts'
import { stringify } from './json.ts'
import { block, document, prose, span, table } from './markdown/escape.ts'
import { stepParts } from './markdown/steps.ts'
import type { Format, RenderOptions } from './renderer.ts'
import { assemble, heading, pageOf, paragraph, titled, type Page, type Section } from './text/page.ts'
import { stepLines } from './text/steps.ts'
import { displayWidth, hang, pad } from './width.ts'
import { needsNoReboot, SEVERITIES } from './wording.ts'

/** What there is to say of one kind of trouble, apart from any machine. */
export interface ExplainPage {
  readonly code: string
  /** The check that finds it. */
  readonly check: string
  readonly area: Area
  readonly problem: Problem
  /** The problem's remedies for a machine of which nothing is known. */
  readonly remedy: readonly Remedy[]
}

export function renderExplain(page: ExplainPage, format: Format, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return explainText(page, options)
    case 'markdown':
      return explainMarkdown(page)
    case 'json':
      return stringify({
        schema: 'vfio-doctor/explain@1',
        code: page.code,
        check: page.check,
        area: page.area,
        ...page.problem,
        remedy: page.remedy,
      })
    default:
      return format satisfies never
  }
}

/** `{groupMate}` of a title or summary, which a finding fills, as `<group mate>`. */
export function generic(text: string): string {
  return text.replace(
    /\{([a-zA-Z]+)\}/g,
    (_, name: string) => `<${name.replace(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`)}>`,
  )
}

/** The facts of a page in reading order: label and text. */
function rows({ problem, check, area }: ExplainPage): readonly (readonly [string, string])[] {
  const explains = problem.explains ?? []
  const stops = problem.severity === 'fail' ? [['Stands in the way of', blocksWords(problem)] as const] : []
  return [
    ['How it is known', generic(problem.proof)],
    ['Ruled out by', generic(problem.ruledOut)],
    ...stops,
    ...(explains.length === 0 ? [] : [['Explains', explains.join(', ')] as const]),
    ['Family', problem.family],
    ['Found by', `the check ${check} (${area})`],
  ]
}

function blocksWords(problem: Problem): string {
  return problem.blocks === 'machine'
    ? 'running a guest, or one way of doing it; not of handing over the device'
    : 'handing over the device'
}

function stepsOf(page: ExplainPage): readonly Step[] {
  return page.remedy.flatMap((one) => one.steps)
}

function explainText(given: ExplainPage, options: RenderOptions): string {
  const page: Page = pageOf(options, generic)
  const { problem } = given
  const { tone, word } = SEVERITIES[problem.severity]
  const steps = stepsOf(given)
  return assemble([
    [`${page.style.bold(given.code)}   ${page.style.paint(tone, word)}`],
    titled(tone, generic(problem.title), '', page),
    paragraph(problem.summary, page),
    rows(given).flatMap(([label, text]) => hang(`  ${pad(label, 21)} `, text, page.width)),
    steps.length === 0
      ? []
      : [
          ...heading('What to do', page),
          ...steps.flatMap((step, at) => stepLines(at + 1, step, needsNoReboot(steps), page)),
        ],
    [...heading('Sources', page), ...problem.sources.flatMap((one) => hang('    ', one, page.width))],
  ])
}

function explainMarkdown(page: ExplainPage): string {
  const { problem } = page
  const steps = stepsOf(page)
  return document([
    `## ${span(page.code)} (${SEVERITIES[problem.severity].word})`,
    `**${prose(generic(problem.title))}**`,
    prose(generic(problem.summary)),
    table(
      ['', ''],
      rows(page).map(([label, text]) => [label, prose(text)]),
    ),
    ...(steps.length === 0 ? [] : ['### What to do']),
    ...steps.flatMap((step, at) => stepParts(`${at + 1}.`, step, needsNoReboot(steps), generic)),
    '### Sources',
    block(problem.sources.join('\n')),
  ])
}

export interface CodeEntry {
  readonly code: string
  readonly title: string
  readonly check: string
}

/** Every code, for `explain` without one. */
export function renderCodes(codes: readonly CodeEntry[], format: Format, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return assemble([codeLines(codes, pageOf(options, generic))])
    case 'markdown':
      return document([
        table(
          ['Code', 'What it says', 'Check'],
          codes.map((one) => [span(one.code), prose(generic(one.title)), span(one.check)]),
        ),
      ])
    case 'json':
      return stringify({ schema: 'vfio-doctor/codes@1', codes })
    default:
      return format satisfies never
  }
}

function codeLines(codes: readonly CodeEntry[], page: Page): Section {
  const column = Math.min(36, Math.max(0, ...codes.map((one) => displayWidth(one.code))) + 2)
  return codes.flatMap((one) => hang(`${pad(one.code, column - 1)} `, generic(one.title), page.width))
}
