import { cleanLine } from './clean.ts'

/**
 * Names of the wanted `vvvv:dddd` (lower case) from a pci.ids file, as lspci prints them: vendor, then device. A
 * device that the file lacks is called by its vendor alone; an id is left out when the vendor is not there either.
 * The file has 40 000 lines and a host a dozen vendors, so it is searched for them, each from where the last one
 * stood: the file is sorted, and a search in its order goes through it once.
 */
export function lookupNames(text: string, wanted: Iterable<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const nextVendor = /\n[^\t#\n]/g
  let from = 0
  for (const [vendor, devices] of byVendor(wanted)) {
    const at = startOf(text, vendor, from)
    if (at === null) continue
    nextVendor.lastIndex = at
    const end = nextVendor.exec(text)?.index ?? text.length
    const vendorName = nameAt(text, at + 6)
    const block = text.slice(at, end)
    for (const device of devices) {
      const found = block.indexOf(`\n\t${device}  `)
      const deviceName = found === -1 ? `Device ${device}` : nameAt(block, found + 8)
      names.set(`${vendor}:${device}`, `${vendorName} ${deviceName}`)
    }
    from = at
  }
  return names
}

/** Where a vendor's line begins: sought from `from` on, then in a file out of order from its beginning. */
function startOf(text: string, vendor: string, from: number): number | null {
  const line = `\n${vendor}  `
  const forward = text.indexOf(line, Math.max(from - 1, 0))
  if (forward !== -1) return forward + 1
  if (text.startsWith(line.slice(1))) return 0
  const anywhere = text.indexOf(line)
  return anywhere === -1 ? null : anywhere + 1
}

/** The device ids by vendor, in the order of the file. Words that are no ids are left out. */
function byVendor(wanted: Iterable<string>): readonly (readonly [string, ReadonlySet<string>])[] {
  const devices = new Map<string, Set<string>>()
  for (const id of wanted) {
    const [, vendor, device] = /^([0-9a-f]{4}):([0-9a-f]{4})$/.exec(id) ?? []
    if (vendor === undefined || device === undefined) continue
    devices.set(vendor, (devices.get(vendor) ?? new Set<string>()).add(device))
  }
  return [...devices].sort(([a], [b]) => (a < b ? -1 : 1))
}

function nameAt(text: string, from: number): string {
  const end = text.indexOf('\n', from)
  return cleanLine(text.slice(from, Math.min(end === -1 ? text.length : end, from + 256))).trim()
}
