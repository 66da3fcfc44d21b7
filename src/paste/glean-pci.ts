import { addressIn, groupHead, groupPath } from '../parse/iommu-listing.ts'
import {
  hexRow,
  isLspciAttribute,
  lspciHead,
  parseLspciHead,
  readLspciAttributes,
  type LspciBlock,
} from '../parse/lspci.ts'
import { isTreeLine } from '../parse/lspci-tree.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { PasteLine } from './lines.ts'
import type { Place } from './place.ts'

/** Longest dump: the extended configuration space. */
const DUMP = 4096

/** Ends the block that is open and reads what stood below its first line. */
export function closeBlock(place: Place): void {
  if (place.block === null) return
  const { block, lines, bytes } = place.block
  if (bytes.length > 0) block.bytes = Uint8Array.from(bytes)
  readLspciAttributes(block, lines)
  place.block = null
}

/** Whether the line stands below the first line of an lspci block; it is kept with it then. */
export function inBlock(line: PasteLine, text: string, place: Place): boolean {
  const open = place.block
  if (open === null) return false
  const row = hexRow(text)
  if (row !== null && row.offset === open.bytes.length && row.offset < DUMP) {
    open.bytes.push(...row.bytes)
    return true
  }
  const attribute = isLspciAttribute(text)
  // Only an indented line right below can be a detail of a capability.
  const detail = !attribute && !line.gap && open.lines.length > 0 && /^\s{2,}\S/.test(line.text) && !starts(text)
  if (attribute || detail) {
    if (open.lines.length < 1000) open.lines.push(text)
    return true
  }
  return !line.gap && wrappedIds(text, line.line, open)
}

function starts(text: string): boolean {
  return lspciHead(text) !== null || groupHead(text) !== null || addressIn(text) !== null
}

/** The rest of a head line that a mailer broke: it holds the ids that the block still lacks. */
function wrappedIds(text: string, line: number, { block, lines }: NonNullable<Place['block']>): boolean {
  if (block.vendorId !== undefined || lines.length > 0 || line > block.line + 2 || starts(text)) return false
  const ids = /\[([0-9a-f]{4}):([0-9a-f]{4})\](?: \(rev [0-9a-f]{2}\))?(?: \(prog-if .{2,40}\))?$/i.exec(text)
  if (ids === null) return false
  block.vendorId = (ids[1] ?? '').toLowerCase()
  block.deviceId = (ids[2] ?? '').toLowerCase()
  return true
}

/** The first line of a block, the head of a group, a device line below one, a path of a group, a line of a tree. */
export function gleanPci(line: PasteLine, text: string, found: Gleaned, place: Place): boolean {
  closeBlock(place)
  if (isTreeLine(line.text)) {
    const read = place.tree.read(line.text, line.line)
    if (found.trees.length < MOST_ITEMS) found.trees.push(...read)
    if (read.length > 0) return true
  }
  const path = groupPath(text)
  if (path !== null) {
    if (path.address !== null) keep({ address: path.address, line: line.line, group: path.id }, found)
    else if (found.otherMembers.length < 1000)
      found.otherMembers.push({ id: path.id, name: path.name, line: line.line })
    return true
  }
  const unit = /^IOMMU: ((?:dmar|ivhd|smmu|arm-smmu)[\w.-]{0,40})$/.exec(text)
  if (unit?.[1] !== undefined) {
    place.unit = unit[1]
    place.group = null
    return true
  }
  const head = groupHead(text)
  if (head !== null) {
    place.group = head.id
    if (head.rest !== '') gleanDevice(head.rest, line.line, found, place)
    return true
  }
  if (place.group !== null) {
    if (gleanDevice(text, line.line, found, place)) return true
    if (member(text)) return true
    place.group = null
    place.unit = null
  }
  const bare = lspciHead(text)
  const block = bare === null ? null : parseLspciHead(bare.address, bare.rest, line.line)
  if (block === null) return groupBehind(text, line.line, found)
  startBlock(block, found, place)
  return true
}

/** Lines between the members of a group: `USB:`, `Driver: xhci_hcd`, a row of signs, the headings of a script. */
function member(text: string): boolean {
  return /^(?:Bus \d{3} Device \d{3}: |[\W_]{2,80}$|(?:Driver|Module|Reset|USB)s?:)/.test(text)
}

function keep(sighting: Gleaned['sightings'][number], found: Gleaned): void {
  if (found.sightings.length < MOST_ITEMS) found.sightings.push(sighting)
}

/** A device line of a grouping script: an address anywhere near its start, then the words of lspci. */
function gleanDevice(text: string, line: number, found: Gleaned, place: Place): boolean {
  const at = addressIn(text)
  if (at === null) return false
  const odd = at.before.replace(
    /[\s\W]|(?:Group )?(?:Device|Ger.t|P.riph.rique|Dispositivo|设备):?|[0-9a-f]{4}:[0-9a-f]{4}|\b(?:R|RESET|USB|PCI|DEV|NO|YES)\b/giu,
    '',
  )
  if (odd.length > 12) return false
  const group = place.group === null ? {} : { group: place.group }
  const unit = place.unit === null ? {} : { unit: place.unit }
  if (place.unit !== null) keep({ address: at.address, line, ...unit }, found)
  const block = parseLspciHead(at.address, at.after.replace(/^[\s:–—-]+/u, ''), line)
  if (block !== null) startBlock({ ...block, ...group, ...idsOf(at.before) }, found, place)
  else keep({ address: at.address, line, ...group, ...unit, ...idsOf(at.before), ...idsOf(at.after) }, found)
  return true
}

function idsOf(text: string): { vendorId?: string; deviceId?: string } {
  const ids = /(?<![0-9a-f:])([0-9a-f]{4}):([0-9a-f]{4})(?![0-9a-f:])/i.exec(text)
  return ids === null ? {} : { vendorId: (ids[1] ?? '').toLowerCase(), deviceId: (ids[2] ?? '').toLowerCase() }
}

function startBlock(block: LspciBlock, found: Gleaned, place: Place): void {
  closeBlock(place)
  if (found.blocks.length >= MOST_ITEMS) return
  found.blocks.push(block)
  place.block = { block, lines: [], bytes: [] }
}

/** `01:00.0: …  (IOMMU group 16)`, `0000:01:00.0 group 16`: a line that gives an address its group. */
function groupBehind(text: string, line: number, found: Gleaned): boolean {
  const row =
    /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])\b.{0,120}?\(?iommu[ _]group[ :=#]{0,3}(\d{1,6})\)?$/i.exec(
      text,
    )
  const at = row === null ? null : addressIn(row[1] ?? '')
  if (at === null || row === null) return false
  keep({ address: at.address, line, group: Number(row[2]) }, found)
  return true
}
