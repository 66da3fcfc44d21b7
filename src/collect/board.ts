import type { Host, Read } from '../host/host.ts'
import { known, type Fact } from '../model/fact.ts'
import type { BoardFacts } from '../model/system.ts'
import { cleanLine } from '../parse/clean.ts'
import { unread } from './unread.ts'

const DMI = '/sys/class/dmi/id'
const TREE = '/proc/device-tree/model'
const TEXTS = [
  'sys_vendor',
  'product_name',
  'board_vendor',
  'board_name',
  'bios_vendor',
  'bios_version',
  'bios_date',
] as const

type Texts = Readonly<Partial<Record<(typeof TEXTS)[number], string>>>

/**
 * Who made the machine, and its firmware: the DMI texts that everybody may read, or where the kernel shows none those
 * that the host's own means tell. A board without DMI names itself in its device tree.
 */
export async function collectBoard(host: Host): Promise<Fact<BoardFacts>> {
  const names = host.list(DMI)
  if (!names.ok && names.error !== 'absent') return unread(names, DMI)
  const texts = names.ok ? textsOf((name) => host.readText(`${DMI}/${name}`, 4096)) : await textsOfHost(host)
  const board: BoardFacts = {
    system: words(texts.sys_vendor, texts.product_name),
    board: words(texts.board_vendor, texts.board_name),
    biosVendor: texts.bios_vendor ?? null,
    biosVersion: texts.bios_version ?? null,
    biosDate: texts.bios_date ?? null,
  }
  if (board.system === null && board.board === null) {
    const model = host.readText(TREE, 4096)
    if (model.ok) return known({ ...board, system: meant(model.value) ?? null }, TREE)
  }
  return known(board, DMI)
}

function textsOf(read: (name: (typeof TEXTS)[number]) => Read<string>): Texts {
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {}
  for (const name of TEXTS) {
    const one = read(name)
    const text = one.ok ? meant(one.value) : undefined
    if (text !== undefined) texts[name] = text
  }
  return texts
}

async function textsOfHost(host: Host): Promise<Texts> {
  const given = await host.dmi()
  return textsOf((name) => ({ ok: true, value: given.ok ? (given.value[name] ?? '') : '' }))
}

/** What a maker leaves in the form when nobody fills it in says nothing. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'to be filled by oem',
  'default string',
  'system manufacturer',
  'system product name',
  'base board product name',
  'not specified',
  'not applicable',
  'not available',
  'not defined',
  'oem',
  'none',
  'n/a',
  'unknown',
  'undefined',
  'empty',
  '-',
  'xx',
])

function meant(raw: string): string | undefined {
  const text = cleanLine(raw).trim().slice(0, 200)
  return isPlaceholder(text) ? undefined : text
}

/** In any case, with or without the dots of O.E.M. and x.x; and nothing but zeros. */
function isPlaceholder(text: string): boolean {
  return text.replaceAll('0', '') === '' || PLACEHOLDERS.has(text.toLowerCase().replaceAll('.', ''))
}

/** Vendor and product; many products begin with the vendor already. */
function words(vendor: string | undefined, product: string | undefined): string | null {
  if (vendor === undefined || product === undefined) return vendor ?? product ?? null
  return product.toLowerCase().startsWith(vendor.toLowerCase()) ? product : `${vendor} ${product}`
}
