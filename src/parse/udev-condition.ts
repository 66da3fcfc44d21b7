import { parseAddress } from './pci-address.ts'
import type { UdevToken } from './udev-tokens.ts'

/** When a rule of udev is met, as far as it is about PCI functions that appear. */
export interface UdevCondition {
  /** The functions that it is for, by address in full; empty where it names none. */
  readonly named: readonly string[]
  /** There is no other condition that would have to be looked at. */
  readonly sure: boolean
  /** Four hexadecimal digits each, where the rule is for such a device alone. */
  readonly ids: { readonly vendor?: string; readonly device?: string }
}

/** The condition of a rule; null where no PCI function that appears meets it. */
export function conditionOf(tokens: readonly UdevToken[]): UdevCondition | null {
  const named: string[] = []
  const ids: { vendor?: string; device?: string } = {}
  let sure = true
  for (const token of tokens) {
    const { key, attribute, operator, value } = token
    const matches = operator === '=='
    const alternatives = value.split('|')
    const pattern = /[*?[]/.test(value)
    // These decide whether the rule goes on, whatever their operator (udev-rules.c: parse_token).
    if (key === 'PROGRAM' || key === 'IMPORT') sure = false
    if (!matches && operator !== '!=') continue
    if (key === 'ACTION' || key === 'SUBSYSTEM' || key === 'SUBSYSTEMS') {
      const met = alternatives.includes(key === 'ACTION' ? 'add' : 'pci') === matches
      if (met) continue
      // `bind` and `change` come later, and a pattern may be met.
      if (!pattern && !(matches && /\b(?:bind|change)\b/.test(value))) return null
      sure = false
    } else if (matches && isName(token) && named.length === 0) {
      const full = alternatives.flatMap((one) => exact(token.insensitive ? one.toLowerCase() : one))
      if (full.length === 0) sure = false
      named.push(...full)
    } else if (matches && key === 'ATTR' && (attribute === 'vendor' || attribute === 'device')) {
      const id = /^0x([0-9a-f]{4})$/.exec(value)?.[1]
      if (id === undefined) sure = false
      else ids[attribute] = id
    } else if (!(matches && key === 'TEST' && value === 'driver_override')) sure = false
  }
  return { named, sure, ids }
}

function isName({ key, attribute }: UdevToken): boolean {
  return key === 'KERNEL' || key === 'KERNELS' || (key === 'ENV' && attribute === 'PCI_SLOT_NAME')
}

/** As the kernel names the function: in lower case, the domain with four digits or more. */
function exact(text: string): readonly string[] {
  return parseAddress(text) === text ? [text] : []
}
