import { known, unknown, type Fact } from '../model/fact.ts'
import type { AcpiFacts, IommuUnit } from '../model/iommu.ts'
import type { Facts } from '../model/machine.ts'
import type { BoardFacts } from '../model/system.ts'
import { tableBytes } from '../parse/acpi-text.ts'
import type { BootLog } from '../parse/boot-log.ts'
import { parseDmar } from '../parse/dmar.ts'
import { parseIvrs } from '../parse/ivrs.ts'
import type { Gleaned } from './gleaned.ts'
import { lineSource } from './source.ts'

const missing: Fact<never> = unknown('not-in-paste', 'paste')

/** Tables without which this is no list: a post that shows some others lacks these for want of room. */
const TELLING: readonly string[] = ['DMAR', 'IVRS', 'IORT', 'VIOT']

export function acpi(found: Gleaned, boot: BootLog, wholeLog: boolean): Fact<AcpiFacts> {
  const listed = found.tableNames?.names ?? (wholeLog ? boot.tables : undefined)
  const logged = boot.iommuTable ?? found.tableShown
  const tables = [
    ...new Set([
      ...(listed ?? []),
      ...found.tables.map((one) => one.signature),
      ...(logged === undefined ? [] : [logged.value]),
    ]),
  ]
  if (listed === undefined && !tables.some((name) => TELLING.includes(name))) return missing
  const shown = <T>(signature: string, parse: (bytes: Uint8Array) => T | null): Fact<T | null> => {
    const table = found.tables.find((one) => one.signature === signature)
    const bytes = table === undefined ? null : tableBytes(table.rows)
    const value = bytes === null ? null : parse(bytes)
    return table === undefined || value === null ? missing : known(value, lineSource(table.line))
  }
  const line = found.tableNames?.line ?? found.tables[0]?.line ?? logged?.line
  const source = line === undefined ? 'paste' : lineSource(line)
  return known({ tables, dmar: shown('DMAR', parseDmar), ivrs: shown('IVRS', parseIvrs) }, source)
}

export function units(boot: BootLog): Facts['iommuUnits'] {
  if (boot.unitsOn === undefined || boot.units.length === 0) return missing
  const source = lineSource(boot.unitsOn)
  const register = (digits: string | undefined, line: number): Fact<bigint | null> =>
    digits === undefined ? missing : known(BigInt(`0x${digits}`), lineSource(line))
  const all = boot.units.map((one): IommuUnit => {
    const none = known(null, source)
    return one.kind === 'intel'
      ? {
          name: one.name,
          kind: 'intel',
          cap: register(one.cap, one.line),
          ecap: register(one.ecap, one.line),
          features: none,
        }
      : { name: one.name, kind: 'amd', cap: none, ecap: none, features: missing }
  })
  return known(all, source)
}

export function security(found: Gleaned, boot: BootLog): Facts['security'] {
  const { secureBoot } = boot
  const { lockdown } = found
  const level = (['none', 'integrity', 'confidentiality'] as const).find((one) => one === lockdown?.value)
  if (level === undefined || lockdown === undefined) {
    return secureBoot === undefined
      ? missing
      : known({ secureBoot: secureBoot.value, lockdown: null }, lineSource(secureBoot.line))
  }
  return known({ secureBoot: secureBoot?.value ?? null, lockdown: level }, lineSource(lockdown.line))
}

export function board(found: Gleaned, boot: BootLog): Fact<BoardFacts> {
  const { dmi } = found
  const logged = boot.board === undefined ? null : boardOf(boot.board.value)
  if (dmi === undefined)
    return boot.board === undefined || logged === null ? missing : known(logged, lineSource(boot.board.line))
  return known(
    {
      system: dmi.system ?? logged?.system ?? null,
      board: dmi.board ?? logged?.board ?? null,
      biosVendor: dmi.biosVendor ?? null,
      biosVersion: dmi.biosVersion ?? logged?.biosVersion ?? null,
      biosDate: dmi.biosDate ?? logged?.biosDate ?? null,
    },
    lineSource(dmi.line),
  )
}

function boardOf(text: string): BoardFacts {
  // DMI: SYSTEM/BOARD, BIOS VERSION DATE (drivers/firmware/dmi_scan.c: dmi_format_ids)
  const [left = '', bios] = text.split(', BIOS ')
  const slash = left.lastIndexOf('/')
  const date = /(\d{2}\/\d{2}\/\d{4})\s*$/.exec(bios ?? '')?.[1] ?? null
  return {
    system: slash < 0 ? left : left.slice(0, slash),
    board: slash < 0 ? null : left.slice(slash + 1),
    biosVendor: null,
    biosVersion: bios === undefined ? null : bios.replace(/\s*\d{2}\/\d{2}\/\d{4}\s*$/, ''),
    biosDate: date,
  }
}
