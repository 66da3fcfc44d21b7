import { known, unknown, valueOf, type Fact } from '../model/fact.ts'
import type { GuestDefinition } from '../model/guests.ts'
import type { GroupList, IommuGroup, ReservedRegion } from '../model/iommu.ts'
import type { MessageList } from '../model/log.ts'
import type { Address, PciList } from '../model/pci.ts'
import type { BootLog } from '../parse/boot-log.ts'
import { addressesOf } from '../parse/iommu-listing.ts'
import { nodeNamesIn } from '../parse/pci-address.ts'
import type { LspciBlock } from '../parse/lspci.ts'
import { emptyListing } from './assemble-searches.ts'
import { assembleFunction, type Listing, type Mentioned } from './assemble-function.ts'
import type { Gleaned } from './gleaned.ts'
import { lineSource } from './source.ts'

const missing: Fact<never> = unknown('not-in-paste', 'paste')
/** Functions taken from the lines of a log that are known for nothing else. */
const FROM_LOG = 8
/** Functions kept: the largest machines have some thousands. */
const MOST_FUNCTIONS = 10_000

/**
 * The functions that a post shows or names. A function that only an error or a command names has nothing known but its
 * address. `wholeLog`: the boot log reaches from the start on without a gap, and so lists every function.
 */
export function assemblePci(
  found: Gleaned,
  boot: BootLog,
  messages: MessageList,
  guests: Fact<readonly GuestDefinition[]>,
  wholeLog: boolean,
): Fact<PciList> {
  const mentioned = gather(found, boot, messages, guests)
  if (mentioned.size === 0) return missing
  const listing: Listing = {
    namesDrivers: found.blocks.some((one) => one.driver !== undefined),
    last: found.blocks.at(-1),
    above: busesAbove(mentioned),
  }
  const functions = [...mentioned].map(([address, one]) => assembleFunction(address, one, listing))
  functions.sort((a, b) => compareAddresses(a.address, b.address))
  const enumerated = [...boot.functions.values()].filter((one) => one.class !== undefined).length >= 4
  const complete = (wholeLog && enumerated) || wholeLspci(found) || wholeTree(found)
  return known({ functions, complete }, 'paste')
}

function gather(
  found: Gleaned,
  boot: BootLog,
  messages: MessageList,
  guests: Fact<readonly GuestDefinition[]>,
): ReadonlyMap<Address, Mentioned> {
  const mentioned = new Map<Address, Mentioned>()
  const at = (address: Address): Mentioned => {
    const one = mentioned.get(address) ?? { blocks: [], sightings: [], attributes: [] }
    if (mentioned.size < MOST_FUNCTIONS) mentioned.set(address, one)
    return one
  }
  for (const block of found.blocks) at(block.address).blocks.push(block)
  for (const one of found.trees) at(one.address).tree ??= one
  for (const sighting of found.sightings) {
    at(sighting.address).sightings.push(sighting)
    if (typeof sighting.parent === 'string') at(sighting.parent)
  }
  for (const reading of found.attributes) at(reading.address).attributes.push(reading)
  for (const [address, one] of boot.functions) at(address).enumerated = one
  for (const { address } of found.attempts) if (address !== null) at(address)
  for (const { device, values, line, prose } of messages.hits) {
    if (device === null) continue
    const one = at(device)
    // "vfio 0000:01:00.0: failed to setup container for group 12": QEMU read it from the link.
    const group = values['group'] ?? ''
    if (prose !== 'quoted' && prose !== 'over' && /^\d{1,6}$/.test(group)) one.told = { group: Number(group), line }
  }
  for (const guest of valueOf(guests) ?? []) {
    for (const device of guest.hostDevices) if (device.address !== null) at(device.address)
  }
  // An address in program output or in a sentence is a device that the post is about.
  for (const { text } of found.others) {
    for (const named of addressesOf(text, 8)) at(named.address)
    for (const named of nodeNamesIn(text, 8)) at(named)
  }
  // Of a log every driver of the host speaks; where nothing else names a device, it is one of those.
  if (mentioned.size === 0)
    for (const { text } of found.logLines) {
      if (mentioned.size >= FROM_LOG) break
      for (const named of addressesOf(text, 2)) if (mentioned.size < FROM_LOG) at(named.address)
    }
  return mentioned
}

/** Domains of different width sort by number. */
function compareAddresses(a: Address, b: Address): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** Which bridge has a bus behind it, by `domain:bus`. */
function busesAbove(mentioned: ReadonlyMap<Address, Mentioned>): Listing['above'] {
  const above = new Map<string, { bridge: Address; line: number }>()
  for (const [bridge, one] of mentioned) {
    const block = one.blocks.find((candidate) => candidate.bridgeBuses !== undefined)
    const buses = block?.bridgeBuses ?? one.enumerated?.buses
    if (buses === undefined || buses.secondary === 0) continue
    const domain = bridge.slice(0, bridge.indexOf(':'))
    const bus = buses.secondary.toString(16).padStart(2, '0')
    above.set(`${domain}:${bus}`, { bridge, line: block?.line ?? one.enumerated?.line ?? 1 })
  }
  return above
}

/** An lspci that begins at 00:00.0 and goes on in order for at least a small machine, with nothing left out of it. */
function wholeLspci(found: Gleaned): boolean {
  const { blocks } = found
  const start = blocks.findIndex((one) => one.address === '0000:00:00.0')
  if (start < 0) return false
  let end = start + 1
  while (end < blocks.length && follows(blocks[end - 1], blocks[end])) end++
  const last = blocks[end - 1]?.line ?? 0
  return end - start >= 10 && !leftOut(found, blocks[start]?.line ?? 0, last)
}

function follows(before: LspciBlock | undefined, after: LspciBlock | undefined): boolean {
  return before !== undefined && after !== undefined && compareAddresses(before.address, after.address) < 0
}

function wholeTree(found: Gleaned): boolean {
  const { trees } = found
  return trees.length >= 10 && !leftOut(found, trees[0]?.line ?? 0, trees.at(-1)?.line ?? 0)
}

/** Whether the post says that something was left out between these lines, or that they went through a filter. */
export function leftOut(found: Gleaned, from: number, to: number): boolean {
  return (
    found.elisions.some((line) => line >= from - 1 && line <= to + 1) ||
    found.filters.some((line) => line >= from - 3 && line < from)
  )
}

/** Groups by what the functions say; whole where the numbers run from 0 without a gap and nothing was left out. */
export function assembleGroups(pci: Fact<PciList>, found: Gleaned, boot: BootLog): Fact<GroupList> {
  const members = new Map<number, { addresses: Address[]; others: string[] }>()
  const at = (id: number): { addresses: Address[]; others: string[] } => {
    const one = members.get(id) ?? { addresses: [], others: [] }
    members.set(id, one)
    return one
  }
  for (const fn of valueOf(pci)?.functions ?? []) {
    if (fn.group.state === 'known' && fn.group.value !== null) at(fn.group.value).addresses.push(fn.address)
  }
  for (const { id, name } of [...found.otherMembers, ...boot.otherMembers]) at(id).others.push(name)
  for (const { id } of [...found.reserved, ...found.groupTypes]) at(id)
  if (members.size === 0) {
    const empty = emptyListing(found, 'groups')
    return empty === undefined ? missing : known({ groups: [], complete: true }, empty)
  }
  const ids = [...members.keys()].sort((a, b) => a - b)
  const listed = new Set<number | null | undefined>()
  for (const { group } of [...found.blocks, ...found.sightings, ...boot.functions.values()]) listed.add(group)
  const groups = ids.map((id): IommuGroup => ({
    id,
    members: members.get(id)?.addresses ?? [],
    // An error names one member, and a link is one member's.
    ...(listed.has(id) ? {} : { partial: true as const }),
    others: members.get(id)?.others ?? [],
    type: typeOf(found, id),
    reserved: reservedOf(found, id),
  }))
  const gapless = ids.length >= 5 && ids.every((id, index) => id === index)
  return known({ groups, complete: gapless && found.elisions.length === 0 && found.filters.length === 0 }, 'paste')
}

function typeOf(found: Gleaned, id: number): Fact<string> {
  const one = found.groupTypes.findLast((reading) => reading.id === id)
  return one === undefined ? missing : known(one.type, lineSource(one.line))
}

function reservedOf(found: Gleaned, id: number): Fact<readonly ReservedRegion[]> {
  const all = found.reserved.filter((reading) => reading.id === id)
  if (all.length === 0) return missing
  // Shown twice, it is the same list twice.
  const byStart = new Map(all.flatMap((one) => one.regions.map((region) => [region.start, region] as const)))
  return known([...byStart.values()], lineSource(all[0]?.line ?? 1))
}
