import { CHECKS } from '../../../checks/registry.ts'
import { renderCodes, renderExplain } from '../../../reports/explain.ts'
import { fillAction } from '../../diagnose/fill.ts'
import { expand, genericPlatform } from '../../remedy/index.ts'
import { blankFacts } from '../../rules/blank.ts'
import { printable } from '../devices.ts'
import { UserError } from '../errors.ts'
import { deliver, terminal, type Look } from '../look.ts'

export interface ExplainArguments extends Look {
  readonly code?: string | undefined
}

/** What a finding means, apart from any machine; without a code, the list of all. */
export async function runExplain(args: ExplainArguments): Promise<number> {
  const all = CHECKS.flatMap((check) =>
    Object.entries(check.problems).map(([code, problem]) => ({ check, code, problem })),
  )
  const options = { ...terminal(args), verbose: false, quiet: false }
  if (args.code === undefined) {
    const codes = all.map(({ code, problem, check }) => ({ code, title: problem.title, check: check.id }))
    await deliver(renderCodes(codes, args.format, options), args)
    return 0
  }
  const found = all.find((one) => one.code === args.code)
  if (found === undefined)
    throw new UserError(`no finding has the code '${printable(args.code)}' (vfio-doctor explain lists them)`)
  const platform = genericPlatform()
  const facts = blankFacts('explain')
  const remedy = found.problem.remedy.map((action) => expand(fillAction(action, {}), platform, facts))
  const page = { code: found.code, check: found.check.id, area: found.check.area, problem: found.problem, remedy }
  await deliver(renderExplain(page, args.format, options), args)
  return 0
}
