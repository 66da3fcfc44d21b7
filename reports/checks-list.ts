import type { Area } from '../src/model/check.ts'
import { stringify } from './json.ts'
import { document, prose, span, table } from './markdown/escape.ts'
import type { Format, RenderOptions } from './renderer.ts'
import { assemble, labelled, pageOf, type Page, type Section } from './text/page.ts'
import { wrap } from './width.ts'
import { plural } from './wording.ts'

export interface CheckEntry {
  readonly id: string
  readonly area: Area
  /** The healthy condition. */
  readonly title: string
  /** Facts without which it answers `unknown`, and facts that help. */
  readonly needs: readonly string[]
  readonly uses: readonly string[]
  /** What it can find. */
  readonly codes: readonly string[]
}

/** The checks in the order given, which is the order in which they run. */
export function renderChecks(checks: readonly CheckEntry[], format: Format, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return checksText(
        checks,
        pageOf(options, (text) => text),
      )
    case 'markdown':
      return document([
        table(
          ['Check', 'Area', 'What it looks for', 'Needs', 'Can find'],
          checks.map((one) => [
            span(one.id),
            one.area,
            prose(one.title),
            one.needs.map(span).join(', '),
            one.codes.map(span).join(', '),
          ]),
        ),
      ])
    case 'json':
      return stringify({ schema: 'vfio-doctor/checks@1', checks })
    default:
      return format satisfies never
  }
}

function checksText(checks: readonly CheckEntry[], page: Page): string {
  const codes = checks.reduce((sum, one) => sum + one.codes.length, 0)
  return assemble([
    ...checks.map((check) => checkLines(check, page)),
    [
      `${plural(checks.length, 'check')}, ${plural(codes, 'finding')}. vfio-doctor explain CODE says what a finding means.`,
    ],
  ])
}

function checkLines(check: CheckEntry, page: Page): Section {
  return [
    `${page.style.bold(check.id)}   ${page.style.dim(check.area)}`,
    ...wrap(check.title, page.width - page.style.indent).map((line) => ' '.repeat(page.style.indent) + line),
    ...labelled('needs', [check.needs.length === 0 ? 'nothing' : check.needs.join(', ')], page),
    ...(check.uses.length === 0 ? [] : labelled('uses', [check.uses.join(', ')], page)),
    ...labelled('can find', [check.codes.join(', ')], page),
  ]
}
