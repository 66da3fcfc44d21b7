import type { Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { EmptySearch } from '../model/log.ts'
import type { Facts } from '../model/machine.ts'

/** A search that would have shown the table of this CPU's IOMMU; of the searches the one that says most. */
export function silenceOf(
  it: { readonly intel: boolean; readonly amd: boolean },
  facts: Pick<Facts, 'searches'>,
): EmptySearch | undefined {
  const all = (valueOf(facts.searches) ?? []).filter((one) =>
    it.intel ? one.tables.includes('DMAR') : it.amd ? one.tables.includes('IVRS') : one.tables.length > 0,
  )
  return all.find((one) => one.place === 'directory') ?? all.find((one) => !one.told) ?? all[0]
}

/** It, as evidence. */
export function searched({ source, command, told }: EmptySearch): Evidence {
  const said = told ? 'is said to print' : 'printed'
  return { source, saw: `"${command}" ${said} nothing of an IOMMU` }
}

/** What its silence says, in a sentence. */
export function hintOf({ place, told }: EmptySearch): string {
  if (place === 'directory') return 'The directory of the tables has no such file.'
  const found = told ? 'is said to have none' : 'was searched and has none'
  return `The kernel prints one at each start, and its log ${found}; only a log that has lost its beginning would hide it.`
}
