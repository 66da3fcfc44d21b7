import type { Confidence, Evidence } from '../model/check.ts'
import { valueOf } from '../model/fact.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import { findFunction, sysfs } from './pci.ts'

/** Virtual functions of `parent` are kept from every driver (sriov_drivers_autoprobe reads 0). */
export interface AutoprobeOff {
  readonly parent: Address
  readonly evidence: Evidence
  readonly confidence: Confidence
}

/** Whether that goes for this function. */
export function autoprobeOff(fn: PciFunction, pci: PciList | undefined): AutoprobeOff | undefined {
  const parent = valueOf(fn.physicalFunction)
  const owner = typeof parent === 'string' && pci !== undefined ? findFunction(pci, parent) : undefined
  if (owner !== undefined && valueOf(owner.sriovAutoprobe) === false && typeof parent === 'string') {
    const evidence = { source: sysfs(parent, 'sriov_drivers_autoprobe'), saw: '0', wanted: '1' }
    return { parent, evidence, confidence: 'certain' }
  }
  // A post that shows the switch seldom shows whose virtual function was bound after it.
  const off = pci?.functions.find((one) => valueOf(one.sriovAutoprobe) === false && one.address !== fn.address)
  if (parent !== undefined || off === undefined) return undefined
  const evidence = { source: off.sriovAutoprobe.source, saw: '0', wanted: '1' }
  return { parent: off.address, evidence, confidence: 'likely' }
}
