import type { DeviceScope, DmarTable, IvrsTable } from '../model/iommu.ts'
import { valueOf, type Fact } from '../model/fact.ts'
import type { KernelLog, LogLine } from '../model/log.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciFunction, PciList } from '../model/pci.ts'
import { endpointsOf } from './groups.ts'
import { messagesWith } from './messages.ts'
import { directRegions } from './reserved.ts'
import { ancestors } from './topology.ts'

interface Place {
  readonly domain: number
  readonly bus: number
  readonly device: number
  readonly function: number
}

function placeOf(address: Address): Place | undefined {
  const found = /^([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(address)
  if (found === null) return undefined
  const [domain, bus, device, fn] = found.slice(1).map((part) => Number.parseInt(part, 16))
  return { domain: domain ?? 0, bus: bus ?? 0, device: device ?? 0, function: fn ?? 0 }
}

/**
 * Whether a device scope of DMAR names this function: a start bus, then device and function of each hop down (VT-d
 * specification 8.3.1; dmar_match_pci_path in drivers/iommu/intel/dmar.c). A scope of a bridge takes in all below it
 * (is_downstream_to_pci_bridge in drivers/iommu/intel/iommu.c). undefined: the way down to the function is not known.
 */
export function inScope(scope: DeviceScope, segment: number, fn: PciFunction, pci: PciList): boolean | undefined {
  if (scope.kind !== 'endpoint' && scope.kind !== 'bridge') return false
  const own = placeOf(fn.address)
  if (own === undefined || own.domain !== segment) return false
  const above = ancestors(fn, pci)
  const way = [...above.toReversed().map((one) => placeOf(one.address)), own]
  const start = way.findIndex((one) => one?.bus === scope.startBus)
  const whole = valueOf((above.at(-1) ?? fn).parent) === null || own.bus === 0
  if (start < 0) return whole ? false : undefined
  const down = way.slice(start)
  if (scope.path.length > down.length) return false
  const meets = scope.path.every(
    (hop, index) => down[index]?.device === hop.device && down[index]?.function === hop.function,
  )
  return meets && (scope.kind === 'bridge' || scope.path.length === down.length)
}

/**
 * USB controllers and graphics use their regions only until a driver takes over, so the kernel lets them go
 * (device_rmrr_is_relaxable in drivers/iommu/intel/iommu.c, since 5.3).
 */
export function relaxable(fn: PciFunction): boolean | undefined {
  const code = valueOf(fn.class)
  return code === undefined ? undefined : code >> 8 === 0x0c03 || code >> 16 === 0x03
}

/** What a kernel says that `intel_iommu=relax_rmrr` means something to: that of a patch (kiler129/relax-intel-rmrr). */
export function relaxedByPatch(log: Fact<KernelLog>): LogLine | undefined {
  return valueOf(log)?.lines.find((one) => /all RMRRs are relaxable/i.test(one.text))
}

/** The RMRRs of the DMAR table that name this function; undefined where a scope could not be followed. */
export function rmrrsOf(fn: PciFunction, table: DmarTable, pci: PciList): DmarTable['reserved'] | undefined {
  const answers = table.reserved.map((region) => region.scopes.map((scope) => inScope(scope, region.segment, fn, pci)))
  if (answers.some((one) => !one.includes(true) && one.includes(undefined))) return undefined
  return table.reserved.filter((_, index) => answers[index]?.includes(true) === true)
}

/** Unity mapping and exclusion range, in the flags of an IVMD (AMD I/O virtualization specification 5.2.3). */
const UNITY = 0x01
const EXCLUSION = 0x08

/** The memory blocks of the IVRS table that bind this function to fixed addresses, exclusion ranges among them. */
export function ivmdsOf(address: Address, table: IvrsTable): IvrsTable['memory'] {
  const own = placeOf(address)
  if (own === undefined || own.domain !== 0) return []
  const id = (own.bus << 8) | (own.device << 3) | own.function
  return table.memory.filter((block) => {
    if ((block.flags & (UNITY | EXCLUSION)) === 0) return false
    if (block.type === 0x20) return true
    return block.type === 0x21 ? block.deviceId === id : block.deviceId <= id && id <= block.endDeviceId
  })
}

/** In a post about a refused group, a member of each group whose regions were shown with it. */
export function shownAfterRefusal(facts: Pick<Facts, 'groups' | 'pci' | 'messages'>): readonly string[] {
  const refused = messagesWith(facts.messages, 'q-set-iommu-eperm', 'q-set-group-container').length > 0
  const pci = valueOf(facts.pci)
  if (!refused || pci === undefined || pci.complete) return []
  return (valueOf(facts.groups)?.groups ?? [])
    .filter((group) => (directRegions(group)?.length ?? 0) > 0)
    .flatMap((group) => endpointsOf(group, pci).slice(0, 1))
    .map((fn) => fn.address)
}
