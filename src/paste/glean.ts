import { parseLogLine } from '../parse/kernel-log.ts'
import { undress } from '../parse/log-dress.ts'
import { keepAnswer, toldEmpty } from './answers.ts'
import { gleanTableNames, starGroup } from './glean-acpi.ts'
import { gleanConfiguration } from './glean-configuration.ts'
import { gleanFile, gleanTableRow } from './glean-files.ts'
import { gleanGuest } from './glean-guests.ts'
import { gleanInitramfs } from './glean-initramfs.ts'
import { closeNix, gleanNix } from './glean-nix.ts'
import { closeBlock, gleanPci, inBlock } from './glean-pci.ts'
import { gleanError, gleanShell } from './glean-shell.ts'
import { gleanLongLine, gleanPath } from './glean-sysfs.ts'
import { gleanSystem } from './glean-system.ts'
import { gleanTable } from './glean-tables.ts'
import { nothingGleaned, type Gleaned } from './gleaned.ts'
import { isElision, type PasteLine } from './lines.ts'
import { parameterLine } from './parameter-lines.ts'
import { startOfPost, type Place } from './place.ts'

/** Goes through a post once and files each line with the listing that it belongs to. Linear in its length. */
export function glean(lines: readonly PasteLine[]): Gleaned {
  const found = nothingGleaned()
  const place = startOfPost()
  for (const line of lines) {
    place.sinceAttempt++
    if (line.gap) {
      place.lsmod = false
      place.bareLog = false
      place.columns = null
      place.dmi = null
    }
    if (isElision(line.text)) elide(line, found, place)
    else gleanLine(line, found, place)
    keepAnswer(line, found, place)
  }
  // What the post ends with may go on where it was cut.
  if (place.block !== null && place.block.lines.length === 0) place.block.block.cut = true
  closeBlock(place)
  closeNix(found, place)
  const { qemu } = place.guest
  if (qemu !== null) found.qemu.push({ value: qemu.text, line: qemu.line })
  return found
}

function elide(line: PasteLine, found: Gleaned, place: Place): void {
  found.elisions.push(line.line)
  if (place.block !== null) place.block.block.cut = true
}

function gleanLine(line: PasteLine, found: Gleaned, place: Place): void {
  const text = line.text.trim()
  if (gleanLog(line, text, found, place)) return
  if (gleanNix(text, line.line, found, place)) return
  const behind = starGroup(text, line.line, found)
  if (behind !== null) {
    place.group = null
    if (behind !== '') gleanLine({ ...line, text: behind }, found, place)
    return
  }
  if (gleanTableNames(text, line.line, found, place)) return
  if (gleanFile(text, line.line, found, place)) return
  if (inBlock(line, text, place)) return
  if (gleanTableRow(text, line.line, found)) return
  if (gleanPci(line, text, found, place)) return
  if (gleanTable(text, line.line, found, place)) return
  if (gleanInitramfs(text, line.line, found, place)) return
  const written = parameterLine(text, place.command, line.line)
  if (written !== null) {
    if (found.parameters.length < 1000) found.parameters.push(written)
    return
  }
  if (gleanGuest(line, found, place.guest)) {
    keepOther(line, found)
    return
  }
  if (gleanShell(line, found, place)) return
  if (gleanLongLine(text, line.line, found, place) || gleanPath(text, line.line, found, place)) return
  if (gleanSystem(text, line.line, found, place) || gleanConfiguration(text, line.line, found, place)) return
  keepOther(line, found)
}

export function keepOther(line: PasteLine, found: Gleaned): void {
  toldEmpty(line, found)
  found.others.push(line)
}

/** A dressed line of the kernel is a log line; one of another program is that program's output. */
function gleanLog(line: PasteLine, text: string, found: Gleaned, place: Place): boolean {
  const log = parseLogLine(text, line.line)
  if (log !== null && log.text !== '') {
    closeBlock(place)
    place.bareLog = false
    found.logLines.push(log)
    return true
  }
  const dressed = undress(text)
  if (dressed !== null) {
    closeBlock(place)
    const said: PasteLine = { ...line, text: dressed.text, logged: true }
    if (!gleanError(said, found, place)) keepOther(said, found)
    return true
  }
  if (/^Linux version \d/.test(text)) place.bareLog = true
  if (!place.bareLog) return false
  found.logLines.push({ text, time: null, wall: null, level: null, line: line.line })
  return true
}
