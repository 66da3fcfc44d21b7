import type { Evidence } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address } from '../model/pci.ts'
import { logEvidence } from './probe-errors.ts'

export interface SilentFunctions {
  /** The physical function, where a failure names it. */
  readonly physical: Address | null
  readonly virtual: NonEmpty<Address>
  /** One has a device number other than 0, which a port lets through with ARI forwarding alone. */
  readonly beyondSlot: boolean
  readonly evidence: NonEmpty<Evidence>
}

/**
 * Virtual functions from whose addresses the kernel read ff as it made them. It takes their ids from the physical
 * function, so it names a kind for what does not answer, and gives up with -EIO, which nothing else there answers
 * (pci_iov_add_virtfn in drivers/pci/iov.c, pci_setup_device in drivers/pci/probe.c).
 */
export function silentFunctions(facts: Pick<Facts, 'messages' | 'attempts'>): SilentFunctions | undefined {
  const hits = valueOf(facts.messages)?.hits ?? []
  const dead = hits.filter((hit) => hit.id === 'pci-no-response' && hit.values['type'] === '7f')
  if (dead.length === 0) return undefined
  const failures: { readonly at: Address | null; readonly evidence: Evidence }[] = []
  for (const hit of hits) {
    // -5, as a number without a sign, or by name: EIO.
    if (hit.topic === 'sriov-enable-failed' && /(?:-5|\bfffffffb|-EIO)\b/.test(hit.text))
      failures.push({ at: hit.device, evidence: logEvidence(hit) })
  }
  for (const { kind, error, address, command, line } of valueOf(facts.attempts) ?? []) {
    if (kind === 'sriov-numvfs' && error === 'Input/output error')
      failures.push({
        at: address,
        evidence: { source: `${facts.attempts.source}, line ${line}`, saw: `${command}: ${error}` },
      })
  }
  const [failure] = failures
  if (failure === undefined) return undefined
  const physical = failures.find((one) => one.at !== null)?.at ?? null
  // They come on the bus of the physical function, or on those after it.
  const near = dead.filter(({ device }) => device !== null && device !== physical && sameDomain(device, physical))
  const [first, ...rest] = near.flatMap(({ device }) => (device === null ? [] : [device]))
  const [line] = near
  if (first === undefined || line === undefined) return undefined
  const virtual: NonEmpty<Address> = [
    first,
    ...rest.filter((one, index) => one !== first && rest.indexOf(one) === index),
  ]
  const beyondSlot = virtual.some((one) => !/:00\.[0-7]$/.test(one))
  return { physical, virtual, beyondSlot, evidence: [logEvidence(line), failure.evidence] }
}

function sameDomain(one: Address, physical: Address | null): boolean {
  return physical === null || one.slice(0, one.indexOf(':')) === physical.slice(0, physical.indexOf(':'))
}
