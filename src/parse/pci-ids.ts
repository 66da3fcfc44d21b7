import { cleanLine } from './clean.ts'

/**
 * Names of the wanted `vvvv:dddd` (lower case) from a pci.ids file, as lspci prints them: vendor, then device. A
 * device that the file lacks is called by its vendor alone; an id is left out when the vendor is not there either.
 * One pass, which ends where the device part of the file ends.
 */
export function lookupNames(text: string, wanted: Iterable<string>): ReadonlyMap<string, string> {
  const devices = new Map<string, Set<string>>()
  for (const id of wanted) {
    const [vendor = '', device = ''] = id.split(':')
    const set = devices.get(vendor) ?? new Set<string>()
    devices.set(vendor, set.add(device))
  }
  const names = new Map<string, string>()
  let vendor = ''
  let vendorName = ''
  let asked: ReadonlySet<string> | undefined
  for (let at = 0, end = 0; at < text.length && devices.size > 0; at = end + 1) {
    end = text.indexOf('\n', at)
    if (end === -1) end = text.length
    const isDevice = text[at] === '\t'
    if (isDevice) {
      if (asked === undefined || text[at + 1] === '\t') continue
      const device = text.slice(at + 1, at + 5)
      if (asked.has(device) && text.startsWith('  ', at + 5))
        names.set(`${vendor}:${device}`, `${vendorName} ${nameAt(text, at + 7, end)}`)
      continue
    }
    // Class lines (`C 03  Display controller`) begin the second part.
    if (text.startsWith('C ', at)) break
    if (text[at] === '#' || end === at) continue
    vendor = text.slice(at, at + 4)
    asked = text.startsWith('  ', at + 4) ? devices.get(vendor) : undefined
    if (asked === undefined) continue
    vendorName = nameAt(text, at + 6, end)
    for (const device of asked) names.set(`${vendor}:${device}`, `${vendorName} Device ${device}`)
  }
  return names
}

function nameAt(text: string, from: number, to: number): string {
  return cleanLine(text.slice(from, Math.min(to, from + 256))).trim()
}
