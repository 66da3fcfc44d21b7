import { valueOf } from '../model/fact.ts'
import type { PciFunction } from '../model/pci.ts'

/** Whether virtual functions of that id may be made of it (SR-IOV): there are none before somebody asks for them. */
export function mayMake(fn: PciFunction, id: string): boolean {
  const config = valueOf(fn.config)
  const sriov = config === undefined ? undefined : valueOf(config.sriov)
  const [vendor, device] = id.split(':')
  if (valueOf(fn.vendorId) !== vendor || (valueOf(fn.sriovNumVfs) ?? 0) > 0) return false
  if (sriov !== undefined && sriov !== null)
    return sriov.totalVfs > 0 && sriov.vfDeviceId === Number.parseInt(device ?? '', 16)
  return (valueOf(fn.sriovTotalVfs) ?? 0) > 0
}
