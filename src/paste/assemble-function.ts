import { known, unknown, type Fact } from '../model/fact.ts'
import type { Address, PciFunction, Resource } from '../model/pci.ts'
import type { EnumeratedFunction } from '../parse/boot-log.ts'
import { HEADER_LENGTH, parseHeader } from '../parse/config-space.ts'
import type { LspciBlock, LspciRegion } from '../parse/lspci.ts'
import type { TreeFunction } from '../parse/lspci-tree.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { parseResource } from '../parse/pci-resource.ts'
import type { AttributeReading, Sighting } from './gleaned.ts'
import { attributeFacts, type Attributes } from './sysfs-attributes.ts'
import { lineSource } from './source.ts'

/** Everything that the post says of one address. */
export interface Mentioned {
  readonly blocks: LspciBlock[]
  readonly sightings: Sighting[]
  readonly attributes: AttributeReading[]
  tree?: TreeFunction
  enumerated?: EnumeratedFunction
  /** The group that an error of QEMU or libvirt names with it. */
  told?: { readonly group: number; readonly line: number }
}

export interface Listing {
  /** Drivers are shown at all, so that a block without one says that there is none. */
  readonly namesDrivers: boolean
  /** The last block may be cut off. */
  readonly last: LspciBlock | undefined
  /** The bridge above a bus (`domain:bus`), as far as bridges show their buses. */
  readonly above: ReadonlyMap<string, { readonly bridge: Address; readonly line: number }>
}

const missing: Fact<never> = unknown('not-in-paste', 'paste')

/** The facts of one function; of several listings the first that shows a thing counts, of its driver the last. */
export function assembleFunction(address: Address, one: Mentioned, listing: Listing): PciFunction {
  const { enumerated } = one
  const block = <K extends keyof LspciBlock>(key: K): Fact<NonNullable<LspciBlock[K]>> => shown(one.blocks, key)
  const seen = <K extends keyof Sighting>(key: K): Fact<NonNullable<Sighting[K]>> => shown(one.sightings, key)
  const logged = <T>(value: T | undefined): Fact<T> =>
    value === undefined || enumerated === undefined ? missing : known(value, lineSource(enumerated.line))
  const attr = attributeFacts(one.attributes)
  const dump = dumpFacts(one.blocks)
  const classCode = first(block('class'), attr.number('class'), logged(enumerated?.class), seen('class'), dump.class)
  const buses = first(block('bridgeBuses'), logged(enumerated?.buses), treeBuses(one))
  const regions = block('regions')
  const name = first(block('name'), seen('name'), treeName(one))
  return {
    address,
    vendorId: first(block('vendorId'), attr.id('vendor'), seen('vendorId'), logged(enumerated?.vendorId), dump.vendor),
    deviceId: first(block('deviceId'), attr.id('device'), seen('deviceId'), logged(enumerated?.deviceId), dump.device),
    subsystem: first(block('subsystem'), attr.subsystem()),
    class: classCode,
    revision: first(block('revision'), attr.number('revision'), dump.revision),
    name,
    headerType: headerType(buses, dump.headerType, logged(enumerated?.headerType), classCode),
    multifunction: dump.multifunction,
    driver: driverOf(one, listing, attr),
    driverModule: missing,
    kernelModules: block('modules'),
    driverOverride: first(seen('override'), attr.override()),
    vfioDev: missing,
    group: groupOf(one, attr),
    iommuUnit: first(seen('unit'), attr.linkName('iommu')),
    parent: parentOf(address, one, listing),
    physicalFunction: attr.link('physfn', parseAddress),
    virtualFunctions: attr.virtualFunctions(),
    sriovTotalVfs: attr.number('sriov_totalvfs'),
    sriovNumVfs: attr.number('sriov_numvfs'),
    sriovAutoprobe: attr.flag('sriov_drivers_autoprobe'),
    bootVga: first<boolean | null>(attr.flag('boot_vga'), logged(enumerated?.bootVga)),
    resources: regions.state === 'known' ? known(regions.value.map(resource), regions.source) : resourcesOf(one),
    resetMethods: attr.words('reset_method'),
    resettable: attr.written('reset_method'),
    powerState: attr.text('power_state'),
    runtimeStatus: attr.text('power/runtime_status'),
    d3coldAllowed: attr.flag('d3cold_allowed'),
    irq: first(block('irq'), attr.number('irq')),
    msiIrqs: missing,
    enabled: attr.flag('enable'),
    numaNode: attr.number('numa_node'),
    config: first(block('config'), attr.config()),
    uses: missing,
  }
}

export function first<T>(...facts: readonly Fact<T>[]): Fact<T> {
  return facts.find((one) => one.state === 'known') ?? missing
}

/** What the first of these shows under a key. */
function shown<T extends { readonly line: number }, K extends keyof T>(
  all: readonly T[],
  key: K,
): Fact<NonNullable<T[K]>> {
  for (const one of all) {
    const value = one[key]
    if (value !== undefined && value !== null) return known(value, lineSource(one.line))
  }
  return missing
}

interface Dump {
  readonly vendor: Fact<string>
  readonly device: Fact<string>
  readonly class: Fact<number>
  readonly revision: Fact<number>
  readonly headerType: Fact<number>
  readonly multifunction: Fact<boolean>
}

const NO_DUMP: Dump = {
  vendor: missing,
  device: missing,
  class: missing,
  revision: missing,
  headerType: missing,
  multifunction: missing,
}

/** What the header of a dump (`lspci -x`) says. */
function dumpFacts(blocks: readonly LspciBlock[]): Dump {
  const block = blocks.find((one) => one.bytes !== undefined && one.bytes.length >= HEADER_LENGTH)
  const header = block?.bytes === undefined ? null : parseHeader(block.bytes)
  if (block?.bytes === undefined || header === null) return NO_DUMP
  const bytes = block.bytes
  const source = lineSource(block.line)
  const word = (at: number): string => ((bytes[at + 1] ?? 0) * 256 + (bytes[at] ?? 0)).toString(16).padStart(4, '0')
  return {
    vendor: known(word(0), source),
    device: known(word(2), source),
    class: known(((bytes[11] ?? 0) << 16) | ((bytes[10] ?? 0) << 8) | (bytes[9] ?? 0), source),
    revision: known(header.revision, source),
    headerType: known(header.type, source),
    multifunction: known(header.multifunction, source),
  }
}

/** Only bridges show buses; else the header itself, else the class, which tells a bridge's header from an endpoint's. */
function headerType(
  buses: Fact<unknown>,
  dumped: Fact<number>,
  logged: Fact<number>,
  code: Fact<number>,
): Fact<number> {
  if (dumped.state === 'known') return dumped
  if (logged.state === 'known') return logged
  if (buses.state === 'known') return known(1, buses.source)
  if (code.state === 'unknown') return code
  const sub = code.value >> 8
  // PCI Code and ID Assignment specification, base class 06.
  return known(sub === 0x0604 || sub === 0x0609 ? 1 : sub === 0x0607 ? 2 : 0, code.source)
}

function treeBuses(one: Mentioned): Fact<{ readonly secondary: number; readonly subordinate: number }> {
  const { tree } = one
  return tree?.buses === undefined || tree.buses === null ? missing : known(tree.buses, lineSource(tree.line))
}

function treeName(one: Mentioned): Fact<string> {
  const { tree } = one
  return tree?.name === undefined || tree.name === null ? missing : known(tree.name, lineSource(tree.line))
}

/** The driver as the last listing in the post has it: people show what was before, and then what is. */
function driverOf(one: Mentioned, listing: Listing, attr: Attributes): Fact<string | null> {
  let best: { readonly value: string | null; readonly line: number } | null = null
  const offer = (value: string | null, line: number): void => {
    if (best === null || line >= best.line) best = { value, line }
  }
  for (const block of one.blocks) {
    if (block.driver !== undefined) offer(block.driver, block.line)
    else if (showsNoDriver(block, listing)) offer(null, block.line)
  }
  for (const { driver, line } of one.sightings) if (driver !== undefined) offer(driver, line)
  const linked = attr.driver()
  if (linked !== null) offer(linked.value, linked.line)
  const found = best as { readonly value: string | null; readonly line: number } | null
  if (found !== null) return known(found.value, lineSource(found.line))
  // `vfio-pci 0000:01:00.0: …` is printed for a device that is bound.
  const { enumerated } = one
  return enumerated?.driver === undefined ? missing : known(enumerated.driver, lineSource(enumerated.line))
}

/** A whole block that shows modules, or details in a listing with drivers, and no driver. */
function showsNoDriver(block: LspciBlock, listing: Listing): boolean {
  if (block.cut === true) return false
  if (block.modules !== undefined) return true
  return block !== listing.last && listing.namesDrivers && block.detailed === true
}

/** The group as the last listing has it, for the same reason; the log and errors tell it where no listing does. */
function groupOf(one: Mentioned, attr: Attributes): Fact<number | null> {
  let best: { readonly group: number | null; readonly line: number } | undefined
  for (const { group, line } of [...one.blocks, ...one.sightings]) {
    if (group !== undefined && (best === undefined || line >= best.line)) best = { group, line }
  }
  if (best !== undefined) return known(best.group, lineSource(best.line))
  const linked = attr.link('iommu_group', (name) => (/^\d{1,6}$/.test(name) ? Number(name) : null))
  if (linked.state === 'known') return linked
  const { enumerated, told } = one
  if (enumerated?.group !== undefined) return known(enumerated.group, lineSource(enumerated.line))
  return told === undefined ? missing : known(told.group, lineSource(told.line))
}

function parentOf(address: Address, one: Mentioned, listing: Listing): Fact<Address | null> {
  const sighting = one.sightings.find((candidate) => candidate.parent !== undefined)
  if (sighting?.parent !== undefined) return known(sighting.parent, lineSource(sighting.line))
  if (one.tree !== undefined) return known(one.tree.parent, lineSource(one.tree.line))
  const bus = address.slice(0, address.lastIndexOf(':'))
  const bridge = listing.above.get(bus)
  if (bridge !== undefined && bridge.bridge !== address) return known(bridge.bridge, lineSource(bridge.line))
  return missing
}

function resourcesOf(one: Mentioned): Fact<readonly Resource[]> {
  const lines = one.attributes.filter((reading) => reading.name === 'resource')
  const parsed = lines.length === 0 ? null : parseResource(lines.map((reading) => reading.value).join('\n'))
  return parsed === null ? missing : known(parsed, lineSource(lines[0]?.line ?? 1))
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
