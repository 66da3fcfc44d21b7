import { CHECKS } from '../../../checks/registry.ts'
import { renderChecks } from '../../../reports/checks-list.ts'
import { deliver, terminal, type Look } from '../look.ts'

/** The checks in the order in which they run. */
export async function runChecks(args: Look): Promise<number> {
  const list = CHECKS.map(({ id, area, title, needs, uses, problems }) => ({
    id,
    area,
    title,
    needs,
    uses,
    codes: Object.keys(problems),
  }))
  await deliver(renderChecks(list, args.format, { ...terminal(args), verbose: false, quiet: false }), args)
  return 0
}
