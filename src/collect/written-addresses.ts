import type { Host } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import type { ModprobeFacts, RunGap, WrittenAddress } from '../model/modules.ts'
import { cleanLine } from '../parse/clean.ts'
import { addressesOfInstall } from '../parse/install-line.ts'
import { parseUdevRules } from '../parse/udev-rules.ts'
import { vfioWrites } from '../parse/vfio-writes.ts'
import { installLine } from '../rules/install-line.ts'
import { unread } from './unread.ts'

const FILE_LIMIT = 65_536
/** Files of a directory that are looked into. */
const MOST = 128
/** Scripts of one install line. */
const SCRIPTS = 4
const RULES = '/etc/udev/rules.d'

/**
 * The addresses that the install line for vfio-pci and its scripts hand over. Programs and large files are no such scripts;
 * one that is not there, or may not be executed, does nothing. Nothing is run.
 */
export function collectInstallAddresses(host: Host, modprobe: Fact<ModprobeFacts>): Fact<readonly WrittenAddress[]> {
  if (modprobe.state === 'unknown') return modprobe
  const line = installLine(modprobe.value.directives)
  if (line === undefined) return known([], modprobe.source)
  const found = [...addressesOfInstall(line)]
  for (const { path, direct, sure: run } of line.runs.filter((one) => one.kind === 'script').slice(0, SCRIPTS)) {
    const stat = host.stat(path, true)
    if (!stat.ok) {
      if (stat.error === 'absent') continue
      return unread(stat, path)
    }
    if (stat.value.kind !== 'file' || stat.value.size > FILE_LIMIT || (direct && (stat.value.mode & 0o111) === 0))
      continue
    const read = host.readText(path, FILE_LIMIT)
    if (!read.ok) return unread(read, path)
    const lines = read.value.split('\n')
    for (const { address, line: at, sure } of vfioWrites(read.value))
      found.push({
        path,
        line: at,
        text: cleanLine(lines[at - 1] ?? '')
          .trim()
          .slice(0, 200),
        address,
        sure: sure && run,
      })
  }
  return known(found, line.path)
}

/** The files that this line runs, and that modprobe will not find, or may not execute. */
export function collectInstallGaps(host: Host, modprobe: Fact<ModprobeFacts>): Fact<readonly RunGap[]> {
  if (modprobe.state === 'unknown') return modprobe
  const line = installLine(modprobe.value.directives)
  if (line === undefined) return known([], modprobe.source)
  const gaps: RunGap[] = []
  for (const { path, direct } of line.runs) {
    const stat = host.stat(path, true)
    if (!stat.ok && stat.error !== 'absent') return unread(stat, path)
    if (!stat.ok) gaps.push({ path, why: 'absent' })
    else if (direct && stat.value.kind === 'file' && (stat.value.mode & 0o111) === 0)
      gaps.push({ path, why: 'not executable' })
  }
  return known(gaps, line.path)
}

/**
 * The addresses that the administrator's rules of udev hand to a VFIO driver. What packages bring (/usr/lib/udev/rules.d)
 * names no address of this host. A link to /dev/null is an empty file (udev(7)).
 */
export function collectUdevRules(host: Host): Fact<readonly WrittenAddress[]> {
  const names = host.list(RULES)
  if (!names.ok) return names.error === 'absent' ? known([], RULES) : unread(names, RULES)
  const files: { readonly path: string; readonly text: string }[] = []
  for (const name of names.value.filter((one) => one.endsWith('.rules')).slice(0, MOST)) {
    const path = `${RULES}/${name}`
    const read = host.readText(path, FILE_LIMIT)
    if (!read.ok && (read.error === 'absent' || (read.error === 'unreadable' && !/^E(?!ISDIR)/.test(read.code))))
      continue
    if (!read.ok) return unread(read, path)
    if (read.value.length < FILE_LIMIT && /vfio|driver_override/.test(read.value))
      files.push({ path, text: read.value })
  }
  return known(parseUdevRules(files), RULES)
}
