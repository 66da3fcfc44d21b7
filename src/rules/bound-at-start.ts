import { valueOf, type Fact } from '../model/fact.ts'
import type { GuestDefinition, HostDevice } from '../model/guests.ts'
import type { PciFunction } from '../model/pci.ts'
import { sameSlot } from './address.ts'

/**
 * Whether a function goes to vfio-pci when a guest starts that gets another one too: libvirt binds what it manages
 * before it starts QEMU (virHostdevPreparePCIDevices), and Proxmox all that it gives away (PVE::QemuServer::PCI).
 */
export function boundAtStart(one: PciFunction, along: PciFunction, guests: Fact<readonly GuestDefinition[]>): boolean {
  return (valueOf(guests) ?? []).some(
    ({ manager, hostDevices }) =>
      hostDevices.some((device) => gives(device, along)) &&
      hostDevices.some((device) => gives(device, one) && (manager === 'proxmox' || device.managed === true)),
  )
}

function gives({ address, allFunctions }: HostDevice, fn: PciFunction): boolean {
  return address === fn.address || (allFunctions && address !== null && sameSlot(address, fn.address))
}
