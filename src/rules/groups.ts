import type { Fact } from '../model/fact.ts'
import { valueOf } from '../model/fact.ts'
import type { GroupList, IommuGroup } from '../model/iommu.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import type { KernelFacts } from '../model/system.ts'
import { behindVmd, sameSlot } from './address.ts'
import { atLeast } from './kernel.ts'
import { findFunction, isBridge, isPlatformPart, onHostDriver } from './pci.ts'

export interface Viability {
  /** null: it could not be told, for the members in `unknown` or for those of a partial group. */
  readonly viable: boolean | null
  /** Members that a host driver holds: each must go before VFIO takes the group. */
  readonly held: readonly PciFunction[]
  /** Members whose driver could not be read, or of which nothing else is known. */
  readonly unknown: readonly Address[]
}

/**
 * What VFIO_GROUP_GET_STATUS would say now. Since 5.19 a group is viable while no member's driver uses the DMA API for
 * the host: VFIO drivers, pcieport and pci-stub set driver_managed_dma (drivers/pci/pcie/portdrv.c, pci-stub.c), and a
 * member without a driver does not count: a bridge that shpchp or yenta_cardbus drives does (pci_dma_configure in
 * drivers/pci/pci-driver.c). Before, vfio_dev_viable() let every header type but 0 pass.
 * Members that are not PCI functions count like host devices when they have a driver, which is not read here.
 */
export function viability(group: IommuGroup, pci: PciList, kernel: Fact<KernelFacts>): Viability {
  const bridgesCount = atLeast(kernel, 5, 19) === true
  const held: PciFunction[] = []
  const unknown: Address[] = []
  for (const address of group.members) {
    const fn = findFunction(pci, address)
    if (fn === undefined) {
      unknown.push(address)
      continue
    }
    const hosted = onHostDriver(fn)
    if (isBridge(fn) === true && !(bridgesCount && hosted === true)) continue
    if (hosted === undefined) unknown.push(address)
    else if (hosted) held.push(fn)
  }
  const untold = unknown.length > 0 || group.partial === true
  return { viable: held.length > 0 ? false : untold ? null : true, held, unknown }
}

/** Whether a function goes along with another when that is given away: a function of the same card, no part of the platform. */
export function belongsTo(one: PciFunction, card: PciFunction): boolean {
  return sameSlot(one.address, card.address) && !isPlatformPart(one)
}

/** Functions that leave the host together: of one card, or of one group, which no host driver may share. */
export function goWith(one: PciFunction, other: PciFunction): boolean {
  const group = valueOf(one.group)
  return belongsTo(one, other) || (typeof group === 'number' && group === valueOf(other.group))
}

/**
 * Whether a function is gone as soon as the controller leaves its driver: what is behind Intel VMD shares its group and
 * exists by the grace of the VMD driver alone (vmd_remove in drivers/pci/controller/vmd.c).
 */
export function goesWith(one: PciFunction, controller: PciFunction): boolean {
  return behindVmd(one.address) && !behindVmd(controller.address) && valueOf(controller.driver) === 'vmd'
}

/**
 * A function, and what of its card shares its group: a guest is better off with all of them, and a bus reset wants it.
 * `groupIn` tells the group of a function as far as the caller knows it.
 */
export function cardOf(
  fn: PciFunction,
  functions: readonly PciFunction[],
  groupIn: (one: PciFunction) => number | null | undefined,
): readonly PciFunction[] {
  const group = groupIn(fn)
  return functions.filter(
    (one) => one === fn || (belongsTo(one, fn) && isBridge(one) === false && groupIn(one) === group),
  )
}

/** The USB-C function of a graphics card on its host driver; hosts were reported to hang when the card went before it. */
export function isHeldUsbC(fn: PciFunction): boolean {
  return (valueOf(fn.class) ?? 0) >> 8 === 0x0c80 && valueOf(fn.driver) === 'nvidia-gpu'
}

/** In the order in which to take them from the host. */
export function toBind(functions: readonly PciFunction[]): readonly PciFunction[] {
  return functions.toSorted((a, b) => Number(isHeldUsbC(b)) - Number(isHeldUsbC(a)))
}

/** The directory with a link for each member of a group, for evidence. */
export function membersPath(id: number): string {
  return `/sys/kernel/iommu_groups/${id}/devices`
}

/** The group of a function, from either side: its link, or the group's member list. */
export function groupOf(fn: PciFunction, groups: Fact<GroupList>): IommuGroup | null | undefined {
  const list = valueOf(groups)
  const id = valueOf(fn.group)
  if (id === null) return null
  if (id !== undefined) return list?.groups.find((one) => one.id === id)
  return list?.groups.find((one) => one.members.includes(fn.address))
}

/** The members of a group that could be given to a guest: no bridges. A member of unknown kind counts. */
export function endpointsOf(group: IommuGroup, pci: PciList): readonly PciFunction[] {
  return group.members.flatMap((address) => {
    const fn = findFunction(pci, address)
    return fn === undefined || isBridge(fn) === true ? [] : [fn]
  })
}
