import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { AcpiFacts } from '../model/iommu.ts'
import { parseDmar } from '../parse/dmar.ts'
import { parseIvrs } from '../parse/ivrs.ts'
import { listOrNone } from './listing.ts'
import { unread } from './unread.ts'

const TABLES = '/sys/firmware/acpi/tables'
/** Tables of the largest hosts stay well below. */
const LIMIT = 1024 * 1024

/**
 * The ACPI tables that describe IOMMUs. Everybody sees which tables there are; their content is root's alone
 * (drivers/acpi/sysfs.c). A machine without ACPI has none.
 */
export function collectAcpi(host: Host): Fact<AcpiFacts> {
  const names = acpiNames(host)
  if (names.state === 'unknown') return names
  // Beside the tables stand the directories `data` and `dynamic`; a second table of a kind has a number behind.
  const tables = names.value.filter((name) => /^[A-Z0-9_!]{4}\d*$/.test(name))
  const table = <T>(name: string, parse: (bytes: Uint8Array) => T | null): Fact<T | null> =>
    tables.includes(name) ? tableAt(host, `${TABLES}/${name}`, parse) : known(null, names.source)
  return known({ tables, dmar: table('DMAR', parseDmar), ivrs: table('IVRS', parseIvrs) }, names.source)
}

/** Without ACPI the directory above is missing too; /sys/firmware itself is made for every kernel. */
function acpiNames(host: Host): Fact<readonly string[]> {
  const acpi = listOrNone(host, '/sys/firmware/acpi')
  return acpi.state === 'known' && acpi.value.length > 0 ? listOrNone(host, TABLES) : acpi
}

function tableAt<T>(host: Host, path: string, parse: (bytes: Uint8Array) => T | null): Fact<T> {
  const read = host.readBytes(path, LIMIT)
  if (!read.ok) return unread(read, path)
  const table = parse(read.value)
  return table === null ? unknown('unreadable', path, 'not a whole table of this kind') : known(table, path)
}
