import { addressIn, groupHead, groupPath } from '../parse/iommu-listing.ts'
import { parseLogLine } from '../parse/kernel-log.ts'
import { undress } from '../parse/log-dress.ts'
import { isLspciAttribute, lspciHead, parseLspciHead, readLspciAttributes, type LspciBlock } from '../parse/lspci.ts'
import { parseAttempt, shellError, withoutPrompt } from '../parse/shell-session.ts'
import { nothingGleaned, type Gleaned } from './gleaned.ts'
import { gleanLongLine, gleanPath } from './glean-sysfs.ts'
import { gleanSystem } from './glean-system.ts'
import { gleanConfiguration } from './glean-configuration.ts'
import { gleanGuest } from './glean-guests.ts'
import type { Place } from './place.ts'
import { parameterLine } from './parameter-lines.ts'
import type { PasteLine } from './lines.ts'

/** Goes through a post once and files each line with the listing that it belongs to. Linear in its length. */
export function glean(lines: readonly PasteLine[]): Gleaned {
  const found = nothingGleaned()
  const place: Place = {
    block: null,
    group: null,
    command: '',
    sinceAttempt: 99,
    lsmod: false,
    guest: { xml: false, qemu: null },
  }
  for (const line of lines) {
    if (line.text.trim() === '') {
      endBlock(place)
      place.lsmod = false
      continue
    }
    gleanLine(line, found, place)
  }
  endBlock(place)
  return found
}

function endBlock(place: Place): void {
  if (place.block !== null) readLspciAttributes(place.block.block, place.block.lines)
  place.block = null
}

function gleanLine(line: PasteLine, found: Gleaned, place: Place): void {
  const text = line.text.trim()
  place.sinceAttempt++
  if (gleanLog(line, found)) return endBlock(place)
  if (place.block !== null && isLspciAttribute(text)) {
    place.block.lines.push(text)
    return
  }
  // Only an indented line can belong to the block from here on (capability details of -vv).
  if (
    place.block !== null &&
    /^\s{2,}\S/.test(line.text) &&
    lspciHead(text) === null &&
    groupHead(text) === null &&
    addressIn(text) === null
  ) {
    place.block.lines.push(text)
    return
  }
  if (place.block !== null && wrappedIds(text, line.line, place.block)) return
  endBlock(place)
  if (gleanGrouped(line, found, place) || gleanBlock(text, line.line, found, place)) return
  place.group = null
  const written = parameterLine(text, place.command, line.line)
  if (written !== null) {
    found.parameters.push(written)
    return
  }
  if (gleanGuest(line, found, place.guest)) {
    found.others.push(line)
    return
  }
  if (gleanShell(line, found, place)) return
  if (gleanLongLine(text, line.line, found, place) || gleanPath(text, line.line, found)) return
  if (gleanSystem(text, line.line, found, place) || gleanConfiguration(text, line.line, found, place)) return
  found.others.push(line)
}

/** The rest of a head line that a mailer broke: it holds the ids that the block still lacks. */
function wrappedIds(text: string, line: number, { block, lines }: NonNullable<Place['block']>): boolean {
  if (block.vendorId !== undefined || lines.length > 0 || line > block.line + 2 || addressIn(text) !== null)
    return false
  const ids = /\[([0-9a-f]{4}):([0-9a-f]{4})\](?: \(rev [0-9a-f]{2}\))?$/i.exec(text)
  if (ids === null) return false
  block.vendorId = (ids[1] ?? '').toLowerCase()
  block.deviceId = (ids[2] ?? '').toLowerCase()
  return true
}

/** A dressed line of the kernel is a log line; one of another program is that program's output. */
function gleanLog(line: PasteLine, found: Gleaned): boolean {
  const text = line.text.trim()
  const log = parseLogLine(text, line.line)
  if (log !== null && log.text !== '') {
    found.logLines.push(log)
    return true
  }
  const dressed = undress(text)
  if (dressed === null) return false
  found.others.push({ text: dressed.text, line: line.line })
  return true
}

/** The head of a group, or a device line below one. */
function gleanGrouped(line: PasteLine, found: Gleaned, place: Place): boolean {
  const text = line.text.trim()
  const path = groupPath(text)
  if (path !== null) {
    found.sightings.push({ address: path.address, line: line.line, group: path.id })
    return true
  }
  const head = groupHead(text)
  if (head !== null) {
    place.group = head.id
    if (head.rest !== '') gleanDevice(head.rest, line.line, found, place)
    return true
  }
  if (place.group === null) return false
  return gleanDevice(text, line.line, found, place)
}

/** A device line of a grouping script: an address anywhere near its start, then the words of lspci. */
function gleanDevice(text: string, line: number, found: Gleaned, place: Place): boolean {
  const at = addressIn(text)
  if (
    at === null ||
    at.before.replace(/[\s\W]|(?:Group )?Device:?|[0-9a-f]{4}:[0-9a-f]{4}|\[?(?:R|RESET|USB|PCI|DEV)\]?/gi, '').length >
      12
  )
    return false
  const group = place.group === null ? {} : { group: place.group }
  const block = parseLspciHead(at.address, at.after.replace(/^[\s:–-]+/, ''), line)
  if (block !== null) startBlock({ ...block, ...group, ...idsBefore(at.before) }, found, place)
  else found.sightings.push({ address: at.address, line, ...group, ...idsBefore(`${at.before} ${at.after}`) })
  return true
}

function idsBefore(text: string): { vendorId?: string; deviceId?: string } {
  const ids = /\b([0-9a-f]{4}):([0-9a-f]{4})\b(?!:)/i.exec(text)
  return ids === null ? {} : { vendorId: (ids[1] ?? '').toLowerCase(), deviceId: (ids[2] ?? '').toLowerCase() }
}

function gleanBlock(text: string, line: number, found: Gleaned, place: Place): boolean {
  const head = lspciHead(text)
  const block = head === null ? null : parseLspciHead(head.address, head.rest, line)
  if (block === null) return gleanDevbind(text, line, found)
  startBlock(block, found, place)
  return true
}

function startBlock(block: LspciBlock, found: Gleaned, place: Place): void {
  endBlock(place)
  found.blocks.push(block)
  place.block = { block, lines: [] }
}

/** `0000:44:00.3 'Ethernet …' drv=vfio-pci unused=i40e`: dpdk-devbind --status; `unused=` alone is no driver. */
function gleanDevbind(text: string, line: number, found: Gleaned): boolean {
  const row =
    /^([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) '[^']{0,200}'.*?(?:\bdrv=([\w-]*))?(?: |$).*\bunused=/i.exec(text)
  if (row === null) return false
  const driver = /\bdrv=([\w-]+)/.exec(text)?.[1] ?? null
  found.sightings.push({ address: (row[1] ?? '').toLowerCase(), line, driver })
  return true
}

function gleanShell(line: PasteLine, found: Gleaned, place: Place): boolean {
  const attempt = parseAttempt(line.text, line.line)
  if (attempt !== null) {
    found.attempts.push(attempt)
    place.sinceAttempt = 0
    place.command = attempt.command
    // A command that carries a parameter list of a module is worth reading as a message too.
    if (attempt.kind === 'modprobe') found.others.push(line)
    return true
  }
  const error = shellError(line.text.trim())
  const last = found.attempts.at(-1)
  if (error !== null && last !== undefined && last.error === null && place.sinceAttempt <= 3) {
    found.attempts[found.attempts.length - 1] = { ...last, error }
    found.others.push(line)
    return true
  }
  const { command, prompted } = withoutPrompt(line.text)
  if (prompted) {
    place.command = command
    place.lsmod = /\blsmod\b/.test(command)
    if (/\/dev\/vfio\b/.test(command) && /\b(?:ls|find)\b/.test(command)) found.nodesShown = true
    return true
  }
  return false
}
