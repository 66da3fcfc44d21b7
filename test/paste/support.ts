import { valueOf } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { machineFromPaste } from '../../src/paste/index.ts'

/** The facts of a post; a margin like that of the test's own code is taken off. */
export function factsOf(post: string): Facts {
  return machineFromPaste({ text: dedent(post), truncated: false }).facts
}

export function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').split('\n')
  const margin = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0),
  )
  return lines.map((line) => line.slice(margin)).join('\n')
}

export function functionOf(facts: Facts, address: string): PciFunction {
  const found = valueOf(facts.pci)?.functions.find((one) => one.address === address)
  if (found === undefined) throw new Error(`the post shows no ${address}`)
  return found
}

/** The known values of a function, without where they stood. */
export function known(fn: PciFunction): Record<string, unknown> {
  const facts = Object.entries(fn).filter(([key]) => key !== 'address' && key !== 'config')
  return Object.fromEntries(
    facts.flatMap(([key, fact]) => {
      const one = fact as { state: string; value?: unknown }
      return one.state === 'known' ? [[key, one.value] as const] : []
    }),
  )
}

/** Group → members, as far as the post shows them. */
export function groupsOf(facts: Facts): Record<number, readonly string[]> {
  return Object.fromEntries((valueOf(facts.groups)?.groups ?? []).map((group) => [group.id, group.members]))
}
