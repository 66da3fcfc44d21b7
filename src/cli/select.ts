import type { AnyCheck } from '../model/check.ts'
import { printable } from './devices.ts'
import { UserError } from './errors.ts'

/** The checks that `--only` and `--skip` leave, by id or area, in registry order. An unknown word is an error. */
export function selectChecks(
  checks: readonly AnyCheck[],
  only: readonly string[] | undefined,
  skip: readonly string[] | undefined,
): readonly AnyCheck[] {
  for (const word of [...(only ?? []), ...(skip ?? [])]) {
    if (!checks.some((one) => named(one, word))) {
      throw new UserError(`no check or area '${printable(word)}' (vfio-doctor checks lists them)`)
    }
  }
  return checks.filter((one) => {
    const wanted = only === undefined || only.length === 0 || only.some((word) => named(one, word))
    return wanted && !(skip ?? []).some((word) => named(one, word))
  })
}

function named(check: AnyCheck, word: string): boolean {
  return check.id === word || check.area === word
}
