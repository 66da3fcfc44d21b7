import type { Evidence, Hit } from '../model/check.ts'
import { valueOf, type Fact, type NonEmpty } from '../model/fact.ts'
import type { GuestDefinition } from '../model/guests.ts'
import type { Facts } from '../model/machine.ts'
import type { PciFunction } from '../model/pci.ts'
import { sameSlot } from './address.ts'
import { findFunction, onVfio, sysfs } from './pci.ts'

export interface Holder {
  /** null: somebody has the device open, and who was not looked for. */
  readonly guest: string | null
  readonly sure: boolean
  readonly evidence: NonEmpty<Evidence>
}

/** Who has a function on a VFIO driver now, as far as that shows. */
export function holderOf(fn: PciFunction, guests: Fact<readonly GuestDefinition[]>): Holder | undefined {
  if (onVfio(fn) !== true) return undefined
  const owner = (valueOf(guests) ?? []).find((one) => one.running === true && has(one, fn.address))
  if (owner !== undefined) {
    const evidence = [{ source: owner.source, saw: `${owner.name} runs, and is given ${fn.address}` }] as const
    return { guest: owner.name, sure: true, evidence }
  }
  const [first, ...rest] = signsOf(fn)
  if (first === undefined) return undefined
  return { guest: null, sure: (valueOf(fn.msiIrqs) ?? 0) > 0, evidence: [first, ...rest] }
}

/**
 * A line of the log keeps for the whole boot what one attempt met. On a host that was read whole the devices are as they
 * are after it: a guest that has the device now got past it. A post may show the two in either order.
 */
export function unlessHeld<Code extends string>(hit: Hit<Code>, facts: Pick<Facts, 'pci' | 'guests'>): Hit<Code> {
  const pci = valueOf(facts.pci)
  if (pci?.complete !== true || hit.subject.kind !== 'device' || fromPost(hit.evidence)) return hit
  const fn = findFunction(pci, hit.subject.address)
  const holder = fn === undefined ? undefined : holderOf(fn, facts.guests)
  if (holder?.sure !== true) return hit
  const evidence: NonEmpty<Evidence> = [...hit.evidence, ...holder.evidence]
  return { ...hit, severity: 'info', evidence, remedy: [{ do: 'nothing', why: 'A guest has the device now.' }] }
}

/** Whether some guest of a host that was read whole has a device now. */
export function someHeld(facts: Pick<Facts, 'pci' | 'guests'>): boolean {
  const pci = valueOf(facts.pci)
  return pci?.complete === true && pci.functions.some((fn) => holderOf(fn, facts.guests)?.sure === true)
}

export function fromPost(evidence: NonEmpty<Evidence>): boolean {
  return evidence[0].source.startsWith('paste')
}

function has(guest: GuestDefinition, address: string): boolean {
  return guest.hostDevices.some(
    (one) => one.address !== null && (one.allFunctions ? sameSlot(one.address, address) : one.address === address),
  )
}

/** What vfio-pci does to a device that is open, and takes back when it is closed. An idle one sleeps. */
function signsOf(fn: PciFunction): readonly Evidence[] {
  const interrupts = valueOf(fn.msiIrqs) ?? 0
  if (interrupts > 0) return [{ source: sysfs(fn.address, 'msi_irqs'), saw: `${interrupts} interrupts set up` }]
  const awake = valueOf(fn.powerState) === 'D0' && valueOf(fn.runtimeStatus) === 'active'
  if (valueOf(fn.enabled) !== true || !awake) return []
  return [
    { source: sysfs(fn.address, 'enable'), saw: '1' },
    { source: sysfs(fn.address, 'power/runtime_status'), saw: 'active' },
  ]
}
