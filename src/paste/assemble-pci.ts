import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { GuestDefinition } from '../model/guests.ts'
import type { GroupList, IommuGroup } from '../model/iommu.ts'
import type { MessageList } from '../model/log.ts'
import type { Address, PciFunction, PciList, Resource } from '../model/pci.ts'
import type { BootLog, EnumeratedFunction } from '../parse/boot-log.ts'
import { addressIn } from '../parse/iommu-listing.ts'
import type { LspciBlock, LspciRegion } from '../parse/lspci.ts'
import type { Gleaned, Sighting } from './gleaned.ts'
import { lineSource } from './source.ts'

/** Everything that the post says of one address. */
interface Mentioned {
  readonly blocks: LspciBlock[]
  readonly sightings: Sighting[]
  enumerated?: EnumeratedFunction
}

/**
 * The functions that a post shows or names. A function that only an error or a command names has nothing known but its
 * address. The list counts as whole where it begins at 00:00.0 and goes on like a machine does.
 */
export function assemblePci(
  found: Gleaned,
  boot: BootLog,
  messages: MessageList,
  guests: Fact<readonly GuestDefinition[]>,
): Fact<PciList> {
  const mentioned = new Map<Address, Mentioned>()
  const at = (address: Address): Mentioned => {
    const one = mentioned.get(address) ?? { blocks: [], sightings: [] }
    mentioned.set(address, one)
    return one
  }
  for (const block of found.blocks) at(block.address).blocks.push(block)
  for (const sighting of found.sightings) {
    at(sighting.address).sightings.push(sighting)
    if (typeof sighting.parent === 'string') at(sighting.parent)
  }
  for (const [address, one] of boot.functions) at(address).enumerated = one
  for (const attempt of found.attempts) if (attempt.address !== null) at(attempt.address)
  for (const hit of messages.hits) if (hit.device !== null) at(hit.device)
  for (const guest of valueOf(guests) ?? []) {
    for (const device of guest.hostDevices) if (device.address !== null) at(device.address)
  }
  // An address in program output or in a sentence is a device that the post is about.
  for (const { text } of found.others) {
    const named = addressIn(text)
    if (named !== null) at(named.address)
  }
  if (mentioned.size === 0) return unknown('not-in-paste', 'paste')
  const listing: Listing = {
    namesDrivers: found.blocks.some((one) => typeof one.driver === 'string'),
    last: found.blocks.at(-1),
  }
  const functions = [...mentioned].map(([address, one]) => assembleFunction(address, one, listing))
  const listed = found.blocks.length >= 10 && found.blocks.some((one) => one.address === '0000:00:00.0')
  const enumerated = [...boot.functions.values()].filter((one) => one.class !== undefined).length >= 10
  functions.sort((a, b) => compareAddresses(a.address, b.address))
  return known({ functions, complete: listed || enumerated }, 'paste')
}

/** Domains of different width sort by number. */
function compareAddresses(a: Address, b: Address): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

interface Listing {
  /** Drivers are shown at all, so that a block without one says that there is none. */
  readonly namesDrivers: boolean
  /** The last block may be cut off. */
  readonly last: LspciBlock | undefined
}

function assembleFunction(address: Address, one: Mentioned, listing: Listing): PciFunction {
  const { enumerated } = one
  const block = <K extends keyof LspciBlock>(key: K): Fact<NonNullable<LspciBlock[K]>> => {
    const shown = one.blocks.find((candidate) => candidate[key] !== undefined && candidate[key] !== null)
    const value = shown?.[key]
    return shown === undefined || value === undefined || value === null ? missing : known(value, lineSource(shown.line))
  }
  const seen = <K extends 'vendorId' | 'deviceId' | 'group' | 'driver' | 'override'>(
    key: K,
  ): Fact<NonNullable<Sighting[K]>> => {
    const shown = one.sightings.find((candidate) => candidate[key] !== undefined && candidate[key] !== null)
    const value = shown?.[key]
    return shown === undefined || value === undefined || value === null ? missing : known(value, lineSource(shown.line))
  }
  const logged = <T>(value: T | undefined): Fact<T> =>
    value === undefined || enumerated === undefined ? missing : known(value, lineSource(enumerated.line))
  const classCode = first(block('class'), logged(enumerated?.class))
  const buses = first(block('bridgeBuses'), logged(enumerated?.buses))
  const parent = one.sightings.find((sighting) => sighting.parent !== undefined)
  const regions = block('regions')
  return {
    address,
    vendorId: first(block('vendorId'), seen('vendorId'), logged(enumerated?.vendorId)),
    deviceId: first(block('deviceId'), seen('deviceId'), logged(enumerated?.deviceId)),
    subsystem: block('subsystem'),
    class: classCode,
    revision: block('revision'),
    name: block('name'),
    headerType:
      buses.state === 'known'
        ? known(1, buses.source)
        : first(logged(enumerated?.headerType), headerOfClass(classCode)),
    multifunction: missing,
    driver: driverOf(one, listing, seen('driver')),
    kernelModules: block('modules'),
    driverOverride: seen('override'),
    vfioDev: missing,
    group: first(block('group'), seen('group'), logged(enumerated?.group)),
    iommuUnit: missing,
    parent: parent === undefined ? missing : known(parent.parent ?? null, lineSource(parent.line)),
    physicalFunction: missing,
    virtualFunctions: missing,
    sriovTotalVfs: missing,
    sriovNumVfs: missing,
    sriovAutoprobe: missing,
    bootVga: logged(enumerated?.bootVga),
    resources: regions.state === 'known' ? known(regions.value.map(resource), regions.source) : missing,
    resetMethods: missing,
    resettable: missing,
    powerState: missing,
    runtimeStatus: missing,
    d3coldAllowed: missing,
    irq: block('irq'),
    msiIrqs: missing,
    enabled: missing,
    numaNode: missing,
    config: configOf(one),
    uses: missing,
  }
}

const missing: Fact<never> = unknown('not-in-paste', 'paste')

function first<T>(...facts: readonly Fact<T>[]): Fact<T> {
  return facts.find((one) => one.state === 'known') ?? missing
}

/** A class that is always, or never, a bridge with header type 1 or 2 (PCI Code and ID Assignment, base class 06). */
function headerOfClass(code: Fact<number>): Fact<number> {
  if (code.state === 'unknown') return code
  const sub = code.value >> 8
  return known(sub === 0x0604 || sub === 0x0609 ? 1 : sub === 0x0607 ? 2 : 0, code.source)
}

function driverOf(one: Mentioned, listing: Listing, seen: Fact<string>): Fact<string | null> {
  const shown = one.blocks.find((block) => typeof block.driver === 'string')
  if (shown?.driver !== undefined) return known(shown.driver, lineSource(shown.line))
  if (seen.state === 'known') return seen
  const none = one.sightings.find((sighting) => sighting.driver === null)
  if (none !== undefined) return known(null, lineSource(none.line))
  const open = one.blocks.find(
    (block) => block.modules !== undefined || (block !== listing.last && listing.namesDrivers && hasAttributes(block)),
  )
  return open === undefined ? missing : known(null, lineSource(open.line))
}

function hasAttributes(block: LspciBlock): boolean {
  return (
    block.subsystem !== undefined ||
    block.irq !== undefined ||
    block.regions !== undefined ||
    block.config !== undefined
  )
}

function configOf(one: Mentioned): PciFunction['config'] {
  const shown = one.blocks.find((block) => block.config !== undefined)
  if (shown?.config !== undefined) return known(shown.config, lineSource(shown.line))
  return missing
}

function resource(region: LspciRegion): Resource {
  const start = region.start ?? 0n
  return {
    index: region.index,
    kind: region.kind,
    start,
    end: region.size === 0n ? start : start + region.size - 1n,
    size: region.size,
    prefetchable: region.prefetchable,
    is64bit: region.is64bit,
    unassigned: region.start === null,
    flags: region.kind === 'io' ? 0x100 : 0x200,
  }
}

/** Groups by what the functions say; whole where the numbers run from 0 without a gap. */
export function assembleGroups(pci: Fact<PciList>): Fact<GroupList> {
  if (pci.state === 'unknown') return pci
  const members = new Map<number, Address[]>()
  for (const fn of pci.value.functions) {
    if (fn.group.state !== 'known' || fn.group.value === null) continue
    const list = members.get(fn.group.value) ?? []
    list.push(fn.address)
    members.set(fn.group.value, list)
  }
  if (members.size === 0) return unknown('not-in-paste', 'paste')
  const ids = [...members.keys()].sort((a, b) => a - b)
  const groups = ids.map((id): IommuGroup => ({
    id,
    members: members.get(id) ?? [],
    others: [],
    type: missing,
    reserved: missing,
  }))
  const complete = ids.length >= 5 && ids[0] === 0 && ids.at(-1) === ids.length - 1 && pci.value.complete
  return known({ groups, complete }, 'paste')
}
