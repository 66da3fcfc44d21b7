import type { Subject } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address } from '../model/pci.ts'
import { groupOf } from '../rules/groups.ts'
import { findFunction } from '../rules/pci.ts'

/** `host`, `group:28` or the address. */
export function subjectKey(subject: Subject): string {
  switch (subject.kind) {
    case 'host':
      return 'host'
    case 'group':
      return `group:${subject.id}`
    case 'device':
      return subject.address
    default:
      return subject satisfies never
  }
}

/** Group membership by address, read once a run. */
export interface Membership {
  groupOf(address: Address): number | null
}

export function membership(facts: Facts): Membership {
  const pci = valueOf(facts.pci)
  const cache = new Map<Address, number | null>()
  return {
    groupOf(address) {
      let id = cache.get(address)
      if (id === undefined) {
        const fn = pci === undefined ? undefined : findFunction(pci, address)
        const linked = fn === undefined ? undefined : valueOf(fn.group)
        id = linked ?? (fn === undefined ? undefined : groupOf(fn, facts.groups)?.id) ?? null
        cache.set(address, id)
      }
      return id
    },
  }
}

/** Whether a finding about `a` can account for, or bear on, one about `b`. The host bears on everything. */
export function meets(a: Subject, b: Subject, members: Membership): boolean {
  if (a.kind === 'host' || b.kind === 'host') return true
  const groupA = a.kind === 'group' ? a.id : members.groupOf(a.address)
  const groupB = b.kind === 'group' ? b.id : members.groupOf(b.address)
  if (a.kind === 'device' && b.kind === 'device' && a.address === b.address) return true
  return groupA !== null && groupA === groupB
}

/** Whether a finding bears on this device: it is about the host, the device, or its group as such. */
export function covers(subject: Subject, address: Address, members: Membership): boolean {
  switch (subject.kind) {
    case 'host':
      return true
    case 'group':
      return members.groupOf(address) === subject.id
    case 'device':
      return subject.address === address
    default:
      return subject satisfies never
  }
}
