import type { Hit } from '../model/check.ts'
import { valueOf, type Fact } from '../model/fact.ts'
import type { Attempt } from '../model/guests.ts'
import type { PciFunction, PciList } from '../model/pci.ts'
import { sameSlot } from './address.ts'
import { describe, findFunction, idOf, isDisplay, sysfs } from './pci.ts'
import { badFlr, needsVendorReset, resetAnswer, type ResetAnswer } from './reset.ts'

export type MethodCode = 'reset-none' | 'reset-flr-defect' | 'gpu-reset-defect' | 'reset-bus-shared'

/** What the reset attributes of a candidate say. */
export function judgeMethods(fn: PciFunction, others: readonly PciFunction[]): readonly Hit<MethodCode>[] {
  const { address } = fn
  const methods = valueOf(fn.resetMethods)
  const values = {
    address,
    who: address,
    what: describe(fn),
    others: others.map((one) => one.address).join(', '),
    all: [address, ...others.map((one) => one.address)].join(' '),
  }
  const hit = (code: MethodCode, attribute: string, saw: string): Hit<MethodCode> => ({
    code,
    subject: { kind: 'device', address },
    values,
    evidence: [{ source: sysfs(address, attribute), saw }],
  })
  const id = idOf(fn)
  if (methods?.includes('flr') === true && badFlr(id))
    return [hit('reset-flr-defect', 'reset_method', methods.join(' '))]
  const defect = isDisplay(fn) && needsVendorReset(id) && Array.isArray(methods) && !methods.includes('device_specific')
  if (defect) return [hit('gpu-reset-defect', 'reset_method', methods.join(' ') || 'empty')]
  // A card with several functions has no reset of its own where only the bus can be reset; VFIO does that itself.
  if (valueOf(fn.resettable) === false && others.length === 0) return [hit('reset-none', 'reset', 'no such attribute')]
  const busAlone = methods !== undefined && methods !== null && methods.length === 1 && methods[0] === 'bus'
  // The functions of one card go to one guest anyway.
  const strangers = others.some((one) => !sameSlot(one.address, address))
  return busAlone && strangers ? [hit('reset-bus-shared', 'reset_method', 'bus')] : []
}

/** What the answers to resets by hand say of devices of which `told` says nothing. */
export function judgeAnswers(
  attempts: Fact<readonly Attempt[]>,
  pci: PciList | undefined,
  told: readonly Hit<string>[],
): readonly Hit<ResetAnswer>[] {
  const hits: Hit<ResetAnswer>[] = []
  for (const attempt of valueOf(attempts) ?? []) {
    const { address, command, error, line } = attempt
    const fn = pci === undefined || address === null ? undefined : findFunction(pci, address)
    const code = resetAnswer(attempt, fn, pci)
    const known = [...told, ...hits].some(
      (one) =>
        one.values?.['address'] === address && one.code !== 'reset-lost-state' && one.code !== 'reset-end-unseen',
    )
    if (code === undefined || address === null || known) continue
    const typed = { source: `${attempts.source}, line ${line}`, saw: `${command}: ${error}` }
    const subject = { kind: 'device', address } as const
    hits.push({ code, subject, values: { address, who: address }, evidence: [typed], confidence: 'likely' })
  }
  return hits
}
