import { isRefusal, type Capture, type Place } from './capture.ts'

/**
 * The capture with two published tables cut down to the vendors whose devices it holds: whole, pci.ids and
 * modules.alias are nine tenths of it, and no answer depends on the rest of them. A capture that shows no vendor of a
 * device stays as it is.
 */
export function trimCapture(capture: Capture): Capture {
  const vendors = vendorsIn(capture)
  if (vendors.size === 0) return capture
  const paths = Object.entries(capture.paths).map(([path, place]) => [path, trimPlace(path, place, vendors)] as const)
  return { ...capture, paths: Object.fromEntries(paths) }
}

/** Four lower-case hexadecimal digits each. */
function vendorsIn(capture: Capture): ReadonlySet<string> {
  const vendors = new Set<string>()
  for (const [path, { read }] of Object.entries(capture.paths)) {
    if (!path.startsWith('/sys/') || read === undefined || isRefusal(read) || !('text' in read)) continue
    if (/\/(?:subsystem_)?vendor$/.test(path)) {
      const id = /^0x([0-9a-f]{4})\s*$/.exec(read.text)?.[1]
      if (id !== undefined) vendors.add(id)
    } else if (path.endsWith('/uevent')) {
      for (const found of read.text.matchAll(/^PCI_(?:SUBSYS_)?ID=([0-9A-F]{4}):/gm))
        vendors.add((found[1] ?? '').toLowerCase())
    }
  }
  return vendors
}

function trimPlace(path: string, place: Place, vendors: ReadonlySet<string>): Place {
  const { read } = place
  if (read === undefined || isRefusal(read) || !('text' in read)) return place
  if (path.endsWith('/pci.ids')) return { ...place, read: { ...read, text: blocksOf(read.text, vendors) } }
  if (path.endsWith('/modules.alias')) return { ...place, read: { ...read, text: aliasesOf(read.text, vendors) } }
  return place
}

/** A vendor's line and the indented ones behind it; the classes at the end begin with `C` and stay (pci.ids). */
function blocksOf(text: string, vendors: ReadonlySet<string>): string {
  let keep = true
  const kept = text.split('\n').filter((line) => {
    if (!line.startsWith('\t')) keep = !/^[0-9a-f]{4} /.test(line) || vendors.has(line.slice(0, 4))
    return keep && !line.startsWith('#')
  })
  return kept.join('\n')
}

/** Lines for any PCI vendor or one of these, those of vfio-pci's variant drivers too (scripts/mod/file2alias.c). */
function aliasesOf(text: string, vendors: ReadonlySet<string>): string {
  const kept = text.split('\n').filter((line) => {
    const vendor = /^alias (?:vfio_)?pci:v(?:0000([0-9A-F]{4})|\*)/.exec(line)
    return vendor !== null && (vendor[1] === undefined || vendors.has(vendor[1].toLowerCase()))
  })
  return `${kept.join('\n')}\n`
}
