import { addressIn } from '../parse/iommu-listing.ts'
import type { ShellError } from '../parse/shell-error.ts'
import type { Gleaned } from './gleaned.ts'
import type { PasteLine } from './lines.ts'
import type { Place } from './place.ts'

/** Most names that a line of `ls` has. */
const MOST = 200

/**
 * The list of tables that `ls /sys/firmware/acpi/tables` prints: four signs, and a number where there are several; or
 * the one that was looked for.
 */
export function gleanTableNames(text: string, line: number, found: Gleaned, place: Place): boolean {
  const one = /^(?:-r[-rw]{8}\S? .{10,60} )?(\/sys\/firmware\/acpi\/tables\/)?(DMAR|IVRS)$/.exec(text)
  if (
    one?.[2] !== undefined &&
    (one[1] !== undefined || /\bls\b.{0,20} \/sys\/firmware\/acpi\/tables.*\| ?[ef]?grep /.test(place.command))
  ) {
    found.tableShown ??= { value: one[2], line }
    return true
  }
  if (!/^(?:sudo )?ls(?: -[1aA]{1,3})? \/sys\/firmware\/acpi\/tables\/?$/.test(place.command)) return false
  const names = text.split(/\s+/, MOST)
  if (!names.every((name) => /^(?:[A-Z][A-Z0-9_!]{3}\d{0,3}|data|dynamic|\.{1,2})$/.test(name))) return false
  const listed = (found.tableNames ??= { names: [], line: line })
  for (const name of names) if (/^[A-Z]/.test(name)) listed.names.push(name.slice(0, 4))
  return true
}

/**
 * Errors that tell of an absence: of a table, of the directory of groups, of the driver vfio-pci, of the types of parts
 * (mdev) of a device, and a pattern of the shell (`…/iommu_groups/*`) that it passed on as it stands because nothing
 * matched.
 */
export function gleanAbsence(error: ShellError, { text, line }: PasteLine, found: Gleaned): void {
  if (error.error !== 'No such file or directory' || error.path === null) return
  const path = error.path.replace(/[:'"’”»]{0,3}$/, '')
  const table = /^\/sys\/firmware\/acpi\/tables\/(DMAR|IVRS)$/.exec(path)?.[1]
  const base = { command: text.trim().slice(0, 200), line, sign: false, told: false }
  if (table === 'DMAR' || table === 'IVRS')
    found.emptyAnswers.push({ ...base, place: { kind: 'directory', tables: [table] } })
  else if (/^\/sys\/(?:bus\/pci\/drivers\/vfio-pci|module\/vfio_pci)\/?$/.test(path)) {
    const looked = { kind: 'other', command: base.command, address: null, deviceId: null, driver: 'vfio-pci' } as const
    if (found.attempts.length < MOST) found.attempts.push({ ...looked, error: error.error, line })
  } else if (/\/mdev_supported_types(?:\/[^/]{0,80}){0,3}$/.test(path) && !path.endsWith('/create')) {
    const address = addressIn(path)?.address ?? null
    const looked = { kind: 'mdev-types', command: base.command, address, deviceId: null, driver: null } as const
    if (found.attempts.length < MOST) found.attempts.push({ ...looked, error: error.error, line })
  } else if (/^\/sys\/kernel\/iommu_groups(?:\/?|\/\*.{0,40})$/.test(path))
    found.emptyAnswers.push({ ...base, place: { kind: 'groups' } })
}

/**
 * `IOMMU Group *` of the scripts that go through `/sys/kernel/iommu_groups/*`: the pattern matched nothing, and stands
 * for itself. `lspci -s *` then lists every device behind it. Where the script has the shell leave such a pattern out
 * (nullglob), `find` is given no place and looks where it stands: `IOMMU Group .:`. Gives what stands behind it, null
 * for any other line.
 */
export function starGroup(text: string, line: number, found: Gleaned): string | null {
  const star = /^[\s#*=]{0,8}IOMMU[ _-]Group[ :]{1,3}(?:\.:$|\*:?(?:\s+(.*))?$)/i.exec(text)
  if (star === null) return null
  found.emptyAnswers.push({ place: { kind: 'groups' }, command: text.slice(0, 80), line, sign: false, told: false })
  return star[1] ?? ''
}
