import type { AnyCheck } from '../model/check.ts'
import { printable } from './devices.ts'
import { UserError } from './errors.ts'

/** The checks that `--only` and `--skip` leave, by id or area, in registry order. An unknown word is an error. */
export function selectChecks(
  checks: readonly AnyCheck[],
  only: readonly string[] | undefined,
  skip: readonly string[] | undefined,
): readonly AnyCheck[] {
  const kept = pieces(only)
  const left = pieces(skip)
  for (const word of [...kept, ...left]) {
    if (!checks.some((one) => named(one, word))) {
      throw new UserError(`no check or area '${printable(word)}' (vfio-doctor checks lists them)`)
    }
  }
  return checks.filter((one) => {
    const wanted = kept.length === 0 || kept.some((word) => named(one, word))
    return wanted && !left.some((word) => named(one, word))
  })
}

/** `--only iommu,binding` is the same as giving it twice. */
export function pieces(list: readonly string[] | undefined): readonly string[] {
  return (list ?? []).flatMap((one) => one.split(',')).filter((one) => one !== '')
}

function named(check: AnyCheck, word: string): boolean {
  return check.id === word || check.area === word
}
