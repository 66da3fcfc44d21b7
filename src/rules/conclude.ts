import { missingFrom, type Hit, type Judgement, type Missing } from '../model/check.ts'
import { unknown, valueOf, type Fact, type Known, type NonEmpty } from '../model/fact.ts'
import type { MessageList } from '../model/log.ts'
import type { Scope } from '../model/machine.ts'
import type { PciList } from '../model/pci.ts'
import { findFunction, isVfioDriver } from './pci.ts'

/** What a check of kernel messages comes to: its hits, else a pass where the log reaches back to boot, else unknown. */
export function concludeLog<Code extends string>(
  messages: Known<MessageList>,
  hits: readonly Hit<Code>[],
  what: string,
): Judgement<Code> {
  const [first, ...rest] = hits
  if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
  if (messages.value.fromBoot)
    return {
      kind: 'pass',
      evidence: [{ source: messages.source, saw: `nothing about ${what} in the log of this boot` }],
    }
  return { kind: 'unknown', missing: [logGap(messages, `what the kernel said about ${what}`)] }
}

/** What a log that does not reach back to boot leaves open; a post shows a few lines of it as a rule. */
export function logGap(messages: Known<MessageList>, what: string): Missing {
  const reason = messages.source.startsWith('paste') ? 'not-in-paste' : 'incomplete'
  const gone = unknown(reason, messages.source, 'it does not reach back to the start of this boot')
  return { ...missingFrom(what, gone), settle: [{ do: 'show', what: 'kernel-log' }] }
}

/** What a check of program output comes to. Output that nobody gave proves nothing, so without a hit it is skipped. */
export function concludeOutput<Code extends string>(hits: readonly Hit<Code>[], because: string): Judgement<Code> {
  const [first, ...rest] = hits
  return first === undefined ? { kind: 'skip', because } : { kind: 'hits', hits: [first, ...rest] }
}

/** The same, where some of it could not be told. */
export function concludeWith<Code extends string>(
  hits: readonly Hit<Code>[],
  missing: NonEmpty<Missing>,
): Judgement<Code> {
  const [first, ...rest] = hits
  return first === undefined ? { kind: 'unknown', missing } : { kind: 'hits', hits: [first, ...rest], missing }
}

/**
 * Whether it is known that nobody wants to give the device away: it is in the list, and no candidate. A post that shows no
 * candidate leaves open what it is about.
 */
export function unwanted(address: string, pci: Fact<PciList>, scope: Scope): boolean {
  const list = valueOf(pci)
  if (pci.source === 'paste' && scope.candidates.size === 0) return false
  return list?.complete === true && findFunction(list, address) !== undefined && !scope.candidates.has(address)
}

/**
 * A trouble of a device that stays with the host is told and is no obstacle: a whole list holds it and no candidate, or
 * the line itself names the driver of the host that has it.
 */
export function onlyIfWanted<Code extends string>(hit: Hit<Code>, pci: Fact<PciList>, scope: Scope): Hit<Code> {
  if (hit.subject.kind !== 'device') return hit
  const { address } = hit.subject
  const driver = hit.values?.['driver'] ?? 'pci'
  const hosted = !isVfioDriver(driver) && !/^(?:pci|pcieport|pci-stub|vfio)$/.test(driver)
  const aside = unwanted(address, pci, scope) || (hosted && !scope.candidates.has(address))
  return aside ? { ...hit, severity: 'info' } : hit
}
