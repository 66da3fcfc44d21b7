import { attemptOfError, shellError } from '../parse/shell-error.ts'
import { addressesIn, nodeNamesIn } from '../parse/pci-address.ts'
import { parseAttempt, shellLine } from '../parse/shell-session.ts'
import { attemptKind, resolvePath, writeOf } from '../parse/shell-attempt.ts'
import { closeAnswer } from './answers.ts'
import { gleanAbsence } from './glean-acpi.ts'
import { fileReading } from './glean-files.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { PasteLine } from './lines.ts'
import type { Place } from './place.ts'

/** Attempts kept: a loop of a million is one problem. */
const MOST = 2000
/**
 * `set -x` shows what a script writes and not where: this goes to `unbind` of a framebuffer's driver, which has no such
 * device where another one drives the console. No PCI device is concerned.
 */
const FRAMEBUFFER = /^echo (?:efi|vesa|simple)-framebuffer\.\d$/
/** An answer stands this many lines below its command at most. */
const ANSWER = 4

/** Shell sessions: what was typed, where, and the error that came back. */
export function gleanShell(line: PasteLine, found: Gleaned, place: Place): boolean {
  const shell = shellLine(line.text)
  if (shell.directory !== null) place.directory = shell.directory
  const attempt = parseAttempt(line.text, line.line, place.directory)
  if (attempt !== null) {
    closeAnswer(shell, line, found, place)
    if (found.attempts.length < MOST) found.attempts.push(attempt)
    place.sinceAttempt = 0
    typed(shell.command, line.line, found, place)
    // A command that carries a parameter list of a module is worth reading as a message too.
    if (attempt.kind === 'modprobe') found.others.push(line)
    return true
  }
  if (gleanError(line, found, place)) return true
  setByHand(shell.command, line.line, found, place)
  if (!shell.prompted) return false
  closeAnswer(shell, line, found, place)
  typed(shell.command, line.line, found, place)
  return true
}

/** A switch of a device that was written by hand stands as written; an error would follow. */
function setByHand(command: string, line: number, found: Gleaned, place: Place): void {
  const write = command.includes('sriov_drivers_autoprobe') ? writeOf(command, place.directory) : null
  if (write !== null && /^[01]$/.test(write.words.trim())) fileReading(write.path, write.words, line, found)
}

/** Devices taken from one command: a loop may name all of them. */
const NAMED = 8

/** Somebody who looks at the directory of a device in sysfs, or names it to libvirt, asks about it, whatever the answer. */
function lookedAt(command: string, line: number, found: Gleaned): void {
  const words = command.includes('/sys/') ? command.replaceAll('\\', '').split(/[\s"'=]+/, 64) : []
  const paths = words.flatMap((word) => (word.startsWith('/sys/') ? addressesIn(word).slice(-1) : []))
  for (const address of [...paths, ...nodeNamesIn(command, NAMED)].slice(0, NAMED))
    if (found.sightings.length < MOST_ITEMS) found.sightings.push({ address, line })
}

function typed(command: string, line: number, found: Gleaned, place: Place): void {
  lookedAt(command, line, found)
  place.command = command
  place.commandLine = line
  place.lsmod = /\blsmod\b/.test(command)
  if (/^(?:sudo )?lsmod(?: ?\| ?e?grep (?:-[iEw]{1,3} )?["']?vfio["']?)?$/.test(command)) found.vfioModulesShown = true
  place.file = fileOf(command, place.directory)
  place.about = null
  if (/\b(?:grep|egrep|head|tail|awk)\b/.test(command)) found.filters.push(line)
  const cd = /^cd (\S{1,200})/.exec(command)
  if (cd !== null) place.directory = resolvePath(cd[1] ?? '', place.directory)
  if (/\/dev\/vfio\b/.test(command) && /\b(?:ls|find)\b/.test(command)) found.nodesShown = true
}

/** The one file whose content or target a command prints. */
function fileOf(command: string, directory: string | null): string | null {
  const one =
    /^(?:sudo )?(?:cat|head|tail|less|more|readlink(?: -[a-z]{1,3})?) (?:-n ?\d+ |-\d+ |-[a-z] )?["']?([^\s"'|;&<>]{1,300})["']?(?: ?\||$)/.exec(
      command,
    )
  return one?.[1] === undefined ? null : resolvePath(one[1], directory)
}

/** An error of a shell or a tool goes to the attempt that it answers, or tells one by itself. */
export function gleanError(line: PasteLine, found: Gleaned, place: Place): boolean {
  const error = shellError(line.text)
  if (error === null) return false
  if (error.path === null && line.line - place.commandLine === 1 && FRAMEBUFFER.test(place.command)) return true
  gleanAbsence(error, line, found)
  // modprobe looks where uname says (kmod_new in libkmod.c): the directory names the running kernel.
  const release = / not found in directory \/lib\/modules\/(\d[\w.+~-]{2,80})$/.exec(error.error)?.[1]
  if (release !== undefined) found.release ??= { value: release, line: line.line }
  const last = found.attempts.at(-1)
  const kind = error.path === null ? null : attemptKind(error.path)
  const answers = last !== undefined && last.error === null && place.sinceAttempt <= ANSWER
  if (answers && (kind === null || kind === last.kind)) {
    found.attempts[found.attempts.length - 1] = {
      ...last,
      error: error.error,
      ...(error.opening ? { opening: true } : {}),
    }
  } else {
    const told = attemptOfError(error, line.text, line.line)
    const same = !line.gap && last !== undefined && last.driver === told?.driver && place.sinceAttempt <= ANSWER
    // Of one go at one device each step may fail; only the first of them names it.
    const named = same ? { address: told?.address ?? last.address, deviceId: last.deviceId } : {}
    if (told !== null && found.attempts.length < MOST) found.attempts.push({ ...told, ...named })
  }
  found.others.push(line)
  return true
}
