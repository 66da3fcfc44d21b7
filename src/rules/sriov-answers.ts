import type { Evidence, Hit, Subject } from '../model/check.ts'
import { valueOf, type Fact, type NonEmpty } from '../model/fact.ts'
import type { Attempt } from '../model/guests.ts'
import type { MessageHit } from '../model/log.ts'
import type { Scope } from '../model/machine.ts'
import type { PciFunction, PciList } from '../model/pci.ts'
import { fromPost } from './held-by-guest.ts'
import { findFunction, onHostDriver, sysfs } from './pci.ts'

export type Refusal =
  | 'sriov-no-driver'
  | 'sriov-driver-cannot'
  | 'sriov-not-offered'
  | 'sriov-count-busy'
  | 'sriov-too-many'
  | 'sriov-no-room'

/** What sriov_numvfs answers (sriov_numvfs_store and sriov_enable in drivers/pci/iov.c). */
const ANSWERS: Readonly<Record<string, Refusal>> = {
  'No such file or directory': 'sriov-no-driver',
  'Device or resource busy': 'sriov-count-busy',
  'Numerical result out of range': 'sriov-too-many',
  'Cannot allocate memory': 'sriov-no-room',
}

/** The same in a sentence, by the name of the error. */
const SAID: Readonly<Record<string, Refusal>> = {
  ENOENT: 'sriov-no-driver',
  EBUSY: 'sriov-count-busy',
  ERANGE: 'sriov-too-many',
  ENOMEM: 'sriov-no-room',
}

/** A driver that refuses by name is a driver; without one the device stands there with `pci` in front. */
export function refusalOf(hit: MessageHit): Refusal | undefined {
  switch (hit.id) {
    case 'sh-numvfs-said':
      return SAID[hit.values['error'] ?? '']
    case 'sh-numvfs-enoent':
      // Of tee it may be the write that failed; a shell names the file only where it could not open it.
      return /\btee: /.test(hit.text) ? 'sriov-no-driver' : 'sriov-not-offered'
    case 'pci-iov-nocb':
    case 'pci-iov-nocb-old':
      return /^(?:pci|vfio\S*|pci-stub|pcieport)?$/.test(hit.values['driver'] ?? '')
        ? 'sriov-no-driver'
        : 'sriov-driver-cannot'
    default:
      return undefined
  }
}

/** What the answer to a write to sriov_numvfs of a function proves. */
function answerOf(error: string | null, fn: PciFunction | undefined): Refusal | undefined {
  const answer = ANSWERS[error ?? '']
  return answer === 'sriov-no-driver' && fn !== undefined && onHostDriver(fn) === true ? 'sriov-driver-cannot' : answer
}

/** What the answers to numbers that were written to sriov_numvfs say, where `told` does not say it already. */
export function judgeCounts(
  attempts: Fact<readonly Attempt[]>,
  pci: PciList | undefined,
  told: readonly Hit<string>[],
): readonly Hit<Refusal>[] {
  const hits: Hit<Refusal>[] = []
  for (const attempt of valueOf(attempts) ?? []) {
    if (attempt.kind !== 'sriov-numvfs') continue
    // By the name of its interface, whose address is not shown.
    const address = attempt.address ?? 'a device'
    const fn = pci === undefined ? undefined : findFunction(pci, address)
    const total = fn === undefined ? undefined : valueOf(fn.sriovTotalVfs)
    const said = attempt.error === null ? '' : `: ${attempt.error}`
    const typed = { source: `${attempts.source}, line ${attempt.line}`, saw: `${attempt.command}${said}` }
    const subject: Subject = attempt.address === null ? { kind: 'host' } : { kind: 'device', address }
    const base = { subject, values: { address, who: address } }
    const none = total === null || total === 0
    const absent = attempt.opening === true && attempt.error === 'No such file or directory'
    const answer = none || absent ? undefined : answerOf(attempt.error, fn)
    if (none || absent) {
      const saw = total === 0 ? '0' : 'no such attribute'
      const evidence: NonEmpty<Evidence> = none ? [{ source: sysfs(address, 'sriov_totalvfs'), saw }, typed] : [typed]
      hits.push({ ...base, code: 'sriov-not-offered', evidence, confidence: none ? 'certain' : 'likely' })
    } else if (answer !== undefined && !isTold(told, answer, address) && !isTold(hits, answer, address)) {
      const driver = (fn === undefined ? null : valueOf(fn.driver)) ?? ''
      const values = { ...base.values, driver }
      hits.push({ ...base, code: answer, values, evidence: [typed], confidence: 'likely' })
    }
  }
  return hits
}

/** The kernel's own line tells a driver that cannot from a driver that is not there. */
function isTold(hits: readonly Hit<string>[], code: Refusal, address: string): boolean {
  const same: readonly string[] = code === 'sriov-no-driver' ? [code, 'sriov-driver-cannot'] : [code]
  return hits.some((one) => same.includes(one.code) && one.values?.['who'] === address)
}

/**
 * The log of a whole host tells of functions that somebody once asked for: those of now may do without, and other devices
 * have nothing to do with it.
 */
export function unlessAsked<Code extends string>(hit: Hit<Code>, pci: Fact<PciList>, scope: Scope): Hit<Code> {
  const { subject } = hit
  if (valueOf(pci)?.complete !== true || subject.kind !== 'device') return hit
  return scope.asked.includes(subject.address) ? hit : { ...hit, severity: 'warn' }
}

/** What does not depend on how many are asked for: BARs for all of them, a driver that can (sriov_enable, sriov_numvfs_store). */
const ALL_OR_NONE: ReadonlySet<string> = new Set<Refusal>(['sriov-no-room', 'sriov-no-driver', 'sriov-driver-cannot'])

/** On a host that was read whole, virtual functions that are on now prove that what an earlier line tells of is past. */
export function overcome(hit: Hit<string>, pci: PciList | undefined): boolean {
  if (pci?.complete !== true || hit.subject.kind !== 'device' || !ALL_OR_NONE.has(hit.code)) return false
  const fn = findFunction(pci, hit.subject.address)
  return !fromPost(hit.evidence) && fn !== undefined && (valueOf(fn.sriovNumVfs) ?? 0) > 0
}
