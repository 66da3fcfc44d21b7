import type { Report } from '../src/model/report.ts'
import { cleanAll } from './clean.ts'
import type { RenderOptions } from './renderer.ts'
import { plan } from './plan.ts'
import { shareCauses } from './select.ts'
import { causeSections, causeTitles, noCause } from './text/causes.ts'
import { checkSections, crashSection, summaryLines, unknownSections } from './text/checks.ts'
import { deviceSection, groupSection } from './text/devices.ts'
import { answer, head, machineSection } from './text/head.ts'
import { assemble, pageOf } from './text/page.ts'
import { stepSections } from './text/steps.ts'
import { shortener } from './wording.ts'

/** For a terminal or a pipe: the answer, why, what to type, the devices, then what the checks came to. */
export function renderText(given: Report, options: RenderOptions): string {
  const report = cleanAll(given)
  const page = pageOf(options, shortener(report))
  const causes = shareCauses(report.causes)
  if (options.quiet) return assemble([[...answer(report, page), ...causeTitles(causes, page)]])
  const parts = plan(report, causes, options.verbose)
  return assemble([
    head(report, page),
    answer(report, page),
    ...(options.verbose ? [machineSection(report, page)] : []),
    ...causeSections(causes, page),
    noCause(report, page),
    ...stepSections(parts, page),
    deviceSection(report, page),
    groupSection(report, page),
    ...unknownSections(report, parts, page),
    crashSection(report, page),
    ...(options.verbose ? checkSections(report, page) : []),
    summaryLines(report, page),
  ])
}
