import { valueOf, type Fact, type NonEmpty } from '../model/fact.ts'
import type { KernelLog, MessageHit, MessageList } from '../model/log.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import { sameSlot } from './address.ts'
import { findFunction, idOf } from './pci.ts'

/** Topics and ids of fault lines that name a requester. */
const TOPICS: ReadonlySet<string> = new Set([
  'dma-fault-intel',
  'dma-fault-amd',
  'amd-inv-req',
  'amd-rmp',
  'smmu3-event-new',
])

/** What the IOMMU stopped of one requester ID. */
export interface Faults {
  readonly address: Address
  readonly lines: NonEmpty<MessageHit>
  readonly reason: string
  /** The unit has no entry for this requester at all; undefined where its words do not tell. */
  readonly noEntry: boolean | undefined
}

/** Words of dma_remap_fault_reasons (drivers/iommu/intel/dmar.c; VT-d specification 7.1.3), shorter. */
const INTEL: Readonly<Record<number, string>> = {
  1: 'the IOMMU knows no device on this bus',
  2: 'the IOMMU knows no device under this requester ID',
  3: 'the entry of the device is invalid',
  4: 'the address is beyond the width of the IOMMU',
  5: 'a write to an address that is not mapped for it',
  6: 'a read from an address that is not mapped for it',
  0xd: 'its memory accesses are blocked at the moment',
}

/** An absent entry of the root or the context table, and the same in scalable mode (dma_remap_sm_fault_reasons). */
const NO_ENTRY: readonly number[] = [1, 2, 0x39, 0x41]

export function faultReason(hit: MessageHit): Pick<Faults, 'reason' | 'noEntry'> {
  const intel = /fault reason (0x[0-9a-f]+|\d+)/i.exec(hit.text)?.[1]
  if (intel !== undefined) {
    // Up to 5.11 the number was printed in decimal, later in hexadecimal with 0x: the same below ten.
    const code = Number(intel)
    return { reason: INTEL[code] ?? `reason ${intel}`, noEntry: NO_ENTRY.includes(code) }
  }
  const flags = /flags=(0x[0-9a-f]+)/i.exec(hit.text)?.[1]
  if (hit.id.startsWith('amd-iopf') && flags !== undefined) {
    // EVENT_FLAG_I and EVENT_FLAG_RW of drivers/iommu/amd/amd_iommu_types.h.
    const bits = Number(flags)
    const what =
      (bits & 0x08) !== 0 ? 'an interrupt that is not mapped for it' : (bits & 0x20) !== 0 ? INTEL[5]! : INTEL[6]!
    return { reason: what, noEntry: undefined }
  }
  if (hit.id === 'amd-rmp') return { reason: 'the page belongs to an encrypted guest', noEntry: undefined }
  return { reason: 'an access that it was not allowed', noEntry: undefined }
}

/** The faults of the log by requester, in the order of their first line. */
export function dmaFaults(messages: Fact<MessageList>): readonly Faults[] {
  const byAddress = new Map<Address, [MessageHit, ...MessageHit[]]>()
  for (const hit of valueOf(messages)?.hits ?? []) {
    if (hit.device === null || (!TOPICS.has(hit.topic) && !TOPICS.has(hit.id))) continue
    const lines = byAddress.get(hit.device)
    if (lines === undefined) byAddress.set(hit.device, [hit])
    else lines.push(hit)
  }
  return [...byAddress].map(([address, lines]) => ({ address, lines, ...faultReason(lines[0]) }))
}

/**
 * A few faults of the first minute, with ten quiet minutes after: firmware had left the device running until its
 * driver took over. undefined where the times do not tell.
 */
export function stopped(faults: Faults, log: Fact<KernelLog>): boolean | undefined {
  const last = valueOf(log)?.lines.findLast((one) => one.time !== null)?.time
  const times = faults.lines.map((one) => one.time)
  if (last === undefined || last === null || times.includes(null)) return undefined
  const latest = Math.max(...times.map(Number))
  return latest < 60 && last - latest > 600
}

/** Storage controllers that do DMA as function 1, which they do not have (quirk_dma_func1_alias in drivers/pci/quirks.c). */
const AS_FUNCTION_1: readonly string[] = [
  '1103:0642 1103:0645 1103:0840 197b:2392 1b4b:9120 1b4b:9123 1b4b:9125 1b4b:9128 1b4b:9130 1b4b:9170 1b4b:9172',
  '1b4b:917a 1b4b:9182 1b4b:9183 1b4b:91a0 1b4b:9215 1b4b:9220 1b4b:9230 1b4b:9235 1c28:0122',
].flatMap((row) => row.split(' '))

export interface Phantom {
  /** A function that is there, in the slot of the requester that is not. */
  readonly owner: PciFunction
  readonly listed: boolean
}

/** The function that sends as a requester which is no function of this machine; undefined: it is one, or cannot be told. */
export function phantomOf(faults: Faults, pci: PciList | undefined): Phantom | undefined {
  if (pci === undefined || findFunction(pci, faults.address) !== undefined) return undefined
  const owner = pci.functions.find((one) => sameSlot(one.address, faults.address))
  if (owner === undefined) return undefined
  const listed = AS_FUNCTION_1.includes(idOf(owner) ?? '') && faults.address.endsWith('.1')
  // It had an entry, so it was there: a virtual function that is gone, or a function that was taken off the bus.
  if (!listed && (faults.noEntry === false || makesVirtual(owner))) return undefined
  // A list cut short may just lack the function; an IOMMU that knows none agrees that it is not there.
  return pci.complete || listed || faults.noEntry === true ? { owner, listed } : undefined
}

function makesVirtual(fn: PciFunction): boolean {
  return (valueOf(fn.sriovTotalVfs) ?? 0) > 0 || (valueOf(fn.physicalFunction) ?? null) !== null
}
