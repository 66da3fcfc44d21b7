import type { Files } from './files.ts'
import type { Read } from './host.ts'

export type DmiTexts = Readonly<Record<string, string>>

const DIRECTORY = '/sys/class/dmi/id'
export const DMI_KEYS = [
  'sys_vendor',
  'product_name',
  'board_vendor',
  'board_name',
  'bios_vendor',
  'bios_version',
  'bios_date',
] as const
export type DmiKey = (typeof DMI_KEYS)[number]

/**
 * The DMI texts of this machine; a key that the firmware left empty is not in them. The kernel's own files are asked
 * first; `library` only where it exports none, which is so on machines without SMBIOS.
 */
export async function dmiTexts(files: Files, library: (() => Promise<Read<DmiTexts>>) | null): Promise<Read<DmiTexts>> {
  const there = files.stat(DIRECTORY, true)
  if (!there.ok) return there.error === 'absent' && library !== null ? library() : there
  const read = DMI_KEYS.map((key) => [key, files.read(`${DIRECTORY}/${key}`, 4096)] as const)
  const texts = read.map(([key, one]) => [key, one.ok ? new TextDecoder().decode(one.value) : ''] as const)
  return { ok: true, value: meaningful(texts) }
}

/** What board makers leave in the fields that they do not fill in says nothing. */
export function meaningful(texts: Iterable<readonly [DmiKey, string]>): DmiTexts {
  const empty =
    /^(|-|default string|to be filled by o\.e\.m\.?|not specified|not applicable|n\/a|none|unknown|o\.e\.m\.?)$/i
  const kept: Record<string, string> = {}
  for (const [key, text] of texts) {
    if (!empty.test(text.trim())) kept[key] = text.trim()
  }
  return kept
}
