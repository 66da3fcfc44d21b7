import { valueOf, type Unknown } from '../model/fact.ts'
import type { IommuGroup } from '../model/iommu.ts'
import type { PciFunction, PciList } from '../model/pci.ts'
import { behindVmd, sameSlot } from './address.ts'
import { findFunction, isBridge } from './pci.ts'
import { ancestors } from './topology.ts'

/** What the kernel asks of a port: source validation, request and completion redirect, upstream forwarding. */
const WANTED = 0x1d

export type AcsVerdict =
  | { readonly passes: true }
  | {
      readonly passes: false
      readonly why: 'no-capability' | 'switched-off' | 'bridge' | 'conventional'
      readonly missing: number
    }

/**
 * The ACS test of one function (pci_acs_enabled in drivers/pci/pci.c), without the quirk tables: a device that fails
 * here may pass by a quirk, so the resulting groups decide, and this only explains them. undefined: cannot be told.
 */
export function acsTest(fn: PciFunction): AcsVerdict | undefined {
  const config = valueOf(fn.config)
  if (config === undefined) return undefined
  const type = valueOf(config.pcieType)
  if (type === undefined) return undefined
  if (type === null) return { passes: false, why: 'conventional', missing: 0 }
  if (type === 'pcie-to-pci-bridge' || type === 'pci-to-pcie-bridge' || type === 'rc-event-collector')
    return { passes: false, why: 'bridge', missing: 0 }
  if (type !== 'root-port' && type !== 'downstream-port') {
    const multifunction = valueOf(fn.multifunction)
    if (multifunction === undefined) return undefined
    if (!multifunction) return { passes: true }
  }
  const acs = valueOf(config.acs)
  if (acs === undefined) return undefined
  if (acs === null) return { passes: false, why: 'no-capability', missing: 0 }
  const missing = WANTED & acs.capability & ~acs.control
  return missing === 0 ? { passes: true } : { passes: false, why: 'switched-off', missing }
}

/** The names of ACS bits, as lspci prints them. */
export function acsBits(mask: number): string {
  const names: readonly (readonly [number, string])[] = [
    [0x1, 'SrcValid'],
    [0x4, 'ReqRedir'],
    [0x8, 'CmpltRedir'],
    [0x10, 'UpstreamFwd'],
  ]
  return names.flatMap(([bit, name]) => ((mask & bit) === 0 ? [] : [name])).join(', ')
}

export type Joined =
  | { readonly why: 'same-slot' }
  | { readonly why: 'port'; readonly port: PciFunction; readonly verdict: Extract<AcsVerdict, { passes: false }> }
  | { readonly why: 'legacy-bridge'; readonly bridge: PciFunction }
  | { readonly why: 'vmd' }
  | { readonly why: 'unexplained' }

/**
 * Why two functions are in one group (pci_device_group in drivers/iommu/iommu.c): a bridge that hides requester IDs,
 * a port above one of them without ACS, or functions of one device without it. undefined: a part could not be read.
 */
export function whyJoined(a: PciFunction, b: PciFunction, group: IommuGroup, pci: PciList): Joined | undefined {
  if (behindVmd(a.address) !== behindVmd(b.address)) return { why: 'vmd' }
  let unread = false
  for (const port of [...ancestors(a, pci), ...ancestors(b, pci)]) {
    if (!group.members.includes(port.address)) continue
    const verdict = acsTest(port)
    if (verdict === undefined) unread = true
    else if (!verdict.passes) {
      const type = valueOf(port.config) === undefined ? undefined : valueOf(valueOf(port.config)!.pcieType)
      const legacy = verdict.why === 'bridge' || type === null
      return legacy ? { why: 'legacy-bridge', bridge: port } : { why: 'port', port, verdict }
    }
  }
  if (sameSlot(a.address, b.address)) {
    const [left, right] = [acsTest(a), acsTest(b)]
    if (left?.passes === false && right?.passes === false) return { why: 'same-slot' }
    if (left === undefined || right === undefined) return { why: 'same-slot' }
  }
  // Ports of one multifunction device without ACS join, and with them all that hangs below.
  const ports = ancestors(a, pci).filter((one) => group.members.includes(one.address))
  const others = ancestors(b, pci).filter((one) => group.members.includes(one.address))
  const pair = ports.find((one) => others.some((other) => other !== one && sameSlot(one.address, other.address)))
  const shared = pair === undefined ? undefined : acsTest(pair)
  if (pair !== undefined && shared?.passes === false) return { why: 'port', port: pair, verdict: shared }
  return unread ? undefined : { why: 'unexplained' }
}

/** What could not be read of the ports of the group above one of the two, where why they were joined cannot be told. */
export function unreadPort(a: PciFunction, b: PciFunction, group: IommuGroup, pci: PciList): Unknown | undefined {
  for (const port of [...ancestors(a, pci), ...ancestors(b, pci)]) {
    if (!group.members.includes(port.address) || acsTest(port) !== undefined) continue
    const { config, multifunction } = port
    if (config.state === 'unknown') return config
    const parts = [config.value.pcieType, config.value.acs, multifunction]
    const unread = parts.find((one): one is Unknown => one.state === 'unknown')
    if (unread !== undefined) return unread
  }
  return undefined
}

/**
 * The endpoints of a group that share no slot with this one. Host and ISA bridges (base class 06) have header type 0,
 * and nobody gives them away.
 */
export function strangers(fn: PciFunction, group: IommuGroup, pci: PciList): readonly PciFunction[] {
  return group.members.flatMap((address) => {
    const one = findFunction(pci, address)
    if (one === undefined || one === fn || isBridge(one) === true || sameSlot(address, fn.address)) return []
    return (valueOf(one.class) ?? 0) >> 16 === 0x06 ? [] : [one]
  })
}
