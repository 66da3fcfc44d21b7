import { LONGEST_TABLE, tableRow, tableSignature } from '../parse/acpi-text.ts'
import { parseAddress } from '../parse/pci-address.ts'
import { parseReservedRegions } from '../parse/reserved-regions.ts'
import { shellLine } from '../parse/shell-session.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { Place } from './place.ts'

const SYSFS = /^\/?(?:sys|proc)\//

/**
 * What files of sysfs and procfs hold: the lines below `cat FILE` or below `==> FILE <==`, what grep prints as
 * `FILE:value`, and listings that write `FILE = value` and `FILE -> target`.
 */
export function gleanFile(text: string, line: number, found: Gleaned, place: Place): boolean {
  const header =
    /^==> (\S{1,300}) <==$/.exec(text) ?? /^(\/(?:sys|proc|etc)\/\S{1,200}?)(?: \p{L}{1,16}){0,3} ?:$/u.exec(text)
  if (header?.[1] !== undefined) {
    place.file = header[1]
    return true
  }
  const inline =
    /^\S{0,80}?(\/?sys\/\S{1,300}) (?:->|=|\[hex\]) (.{0,9000})$/.exec(text) ??
    /^(\/sys\/\S{1,300}\/[a-z_]\w{0,40}):(\S.{0,300})$/.exec(text)
  if (inline !== null && SYSFS.test(inline[1] ?? '')) {
    return fileReading(`/${(inline[1] ?? '').replace(/^\//, '')}`, inline[2] ?? '', line, found)
  }
  const { file } = place
  if (file === null || text === '') return false
  if (shellLine(text).prompted || /^(?:cat|head|tail|readlink): /.test(text)) {
    place.file = null
    return false
  }
  const region = /(?:^|\/)(\d{1,6})\/reserved_regions$/.exec(file)
  if (region !== null) {
    if (reservedRow(Number(region[1]), text, line, found)) return true
    place.file = null
    return false
  }
  // A file of configuration stays the one that the next lines stand in; a value of sysfs is one line.
  if (!SYSFS.test(file) && !/^\d{1,6}\/type$/.test(file)) return false
  place.file = null
  return text.length <= 300 && fileReading(file, text, line, found)
}

/** Lines that may stand between two rows of a table: iasl leaves blanks and decodes flags. */
const APART = 12

/** A row of an ACPI table in the words of iasl or acpidump. */
export function gleanTableRow(text: string, line: number, found: Gleaned): boolean {
  const row = tableRow(text)
  if (row === null) return false
  const open = found.tables.at(-1)
  const goesOn = open !== undefined && line - open.last <= APART
  const signature = tableSignature(row)
  // iasl prints the bytes of a table once more below its words.
  if (signature !== null && !(goesOn && open.signature === signature)) {
    if (found.tables.length < 32) found.tables.push({ signature, rows: [row], line, last: line })
    return true
  }
  if (!goesOn) return false
  open.last = line
  if (open.rows.length < LONGEST_TABLE / 4) open.rows.push(row)
  return true
}

function reservedRow(id: number, text: string, line: number, found: Gleaned): boolean {
  const regions = parseReservedRegions(text.replace(/\s+/g, ' '))
  if (regions === null) return false
  if (found.reserved.length < MOST_ITEMS) found.reserved.push({ id, regions, line })
  return true
}

/** Files one value with what it is about; false for a file that tells nothing here. */
export function fileReading(path: string, value: string, line: number, found: Gleaned): boolean {
  const device = /(?:^|\/)([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])\/((?:power\/)?[a-z_]\w{0,40})$/i.exec(path)
  if (device !== null) {
    const address = parseAddress(device[1] ?? '')
    if (address === null || found.attributes.length >= MOST_ITEMS) return false
    found.attributes.push({ address, name: device[2] ?? '', value: value.trim(), line })
    return true
  }
  const listed = /\/bus\/pci\/devices\/([0-9a-f:.]{12,17})$/i.exec(path)
  const address = listed === null ? null : parseAddress(listed[1] ?? '')
  if (address !== null) return chain(value, line, found)
  const parameter = /\/module\/([\w-]{1,64})\/parameters\/(\w{1,64})$/.exec(path)
  if (parameter !== null) {
    const [, module = '', name = ''] = parameter
    found.moduleParameters.push({ value: { module: module.replaceAll('-', '_'), name, value: value.trim() }, line })
    return true
  }
  const type = /(?:^|\/)(\d{1,6})\/type$/.exec(path)
  if (type !== null && /^[\w-]{1,24}$/.test(value)) {
    found.groupTypes.push({ id: Number(type[1]), type: value, line })
    return true
  }
  return machineFile(path, value, line, found)
}

/** The path behind a link of /sys/bus/pci/devices names the bridges above. */
export function chain(path: string, line: number, found: Gleaned): boolean {
  const parts = path.split('/')
  const address = parseAddress(parts.at(-1) ?? '')
  if (address === null || found.sightings.length >= MOST_ITEMS) return false
  const above = parts.at(-2) ?? ''
  const parent = parseAddress(above) ?? (/^pci[0-9a-f]{4,8}:[0-9a-f]{2}$/i.test(above) ? null : undefined)
  found.sightings.push({ address, line, ...(parent === undefined ? {} : { parent }) })
  return true
}

function machineFile(path: string, value: string, line: number, found: Gleaned): boolean {
  switch (path) {
    case '/proc/cmdline':
      found.parameters.push({ text: value, line, layer: 'running', where: path })
      return true
    case '/proc/sys/kernel/osrelease':
      found.release = { value, line }
      return true
    case '/sys/hypervisor/type':
      found.hypervisor = { value: value.trim(), line }
      return true
    case '/proc/xen/capabilities':
      found.xenCapabilities = { value, line }
      return true
    case '/sys/kernel/security/lockdown':
      found.lockdown = { value: /\[(\w+)\]/.exec(value)?.[1] ?? value, line }
      return true
    case '/sys/class/dmi/id/bios_version':
      return dmi('biosVersion')
    case '/sys/class/dmi/id/bios_date':
      return dmi('biosDate')
    case '/sys/class/dmi/id/bios_vendor':
      return dmi('biosVendor')
    case '/sys/class/dmi/id/board_name':
      return dmi('board')
    case '/sys/class/dmi/id/product_name':
      return dmi('system')
    case '/proc/device-tree/model':
    case '/sys/firmware/devicetree/base/model':
      return dmi('system', modelOf(value))
    default:
      return false
  }
  function dmi(key: 'system' | 'board' | 'biosVendor' | 'biosVersion' | 'biosDate', text: string = value): true {
    ;(found.dmi ??= { line })[key] = text
    return true
  }
}

/** The file ends in NUL and in no line feed, so the next prompt (`pi@raspberrypi:~ $`) stands behind the model. */
function modelOf(value: string): string {
  const [text = ''] = value.split('\0', 1)
  return text.replace(/(?<=[\d)])[a-z_][\w-]{0,31}@\S.*$/, '').trim()
}
