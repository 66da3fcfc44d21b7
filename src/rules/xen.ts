import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'

/** In the control domain of Xen no driver of VFIO hands a device over: xen-pciback does (checks/kernel/xen-dom0.ts). */
export function inDom0(facts: Pick<Facts, 'environment'>): boolean {
  return valueOf(facts.environment)?.xenDom0 === true
}

/** Why a check that asks for vfio-pci does not apply there. */
export const DOM0_SKIP = 'Xen hands devices to guests here, not vfio-pci: see xen-dom0'
