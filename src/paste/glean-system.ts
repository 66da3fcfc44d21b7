import { cpuField, namedCpu } from '../parse/cpu-listing.ts'
import type { Gleaned } from './gleaned.ts'
import type { Place } from './place.ts'
import { idOfName } from './os-name.ts'

const MACHINES = '(?:x86_64|i686|aarch64|armv\\d\\w*|riscv64|ppc64le|s390x|loongarch64)'

/** What tells the machine itself: kernel, distribution, CPU, limits. A sentence about it is no evidence and passes by. */
export function gleanSystem(text: string, line: number, found: Gleaned, place: Place): boolean {
  return (
    gleanRelease(text, line, found, place) ||
    gleanName(text, line, found) ||
    gleanDmi(text, line, found, place) ||
    gleanLimit(text, line, found, place)
  )
}

function gleanRelease(text: string, line: number, found: Gleaned, place: Place): boolean {
  // The pattern is made of a list: not for each line of a post.
  const uname = text.startsWith('Linux ')
    ? new RegExp(`^Linux \\S{1,64} (\\d+\\.\\d+[\\w.+~-]*) .{0,200}?\\b(${MACHINES}|GNU/Linux)\\b`).exec(text)
    : null
  if (uname?.[1] !== undefined) {
    found.release = { value: uname[1], line }
    if (uname[2] !== undefined && uname[2] !== 'GNU/Linux') found.machine = { value: uname[2], line }
    return true
  }
  // `uname -rv`, and what `uname -a` leaves without its first words.
  const bare = /^(\d+\.\d+(?:\.\d+)?(?:[-+~.][\w.+~-]*)?)( #\d.{0,200})?$/.exec(text)
  if (bare?.[1] !== undefined && (bare[2] !== undefined || /\buname\b/.test(place.command))) {
    found.release = { value: bare[1], line }
    return true
  }
  const labelled =
    /^[\s*-]{0,6}(?:host )?(?:linux )?(?:kernel|noyau|kernelversion|ядро|内核|カーネル)(?: version| release| linux)?\s?(?:[:=：]| - )\s?(?:linux )?(?:version )?v?(\d+\.\d+[\w.+~-]*)/iu.exec(
      text,
    )
  if (labelled?.[1] !== undefined) {
    found.release ??= { value: labelled[1], line }
    return true
  }
  const pve = /\b(?:pve-manager|proxmox-ve)[/:] ?(\d+[\d.-]*)/.exec(text)
  if (pve === null) return false
  found.osName = { value: `Proxmox VE ${pve[1]}`, line }
  const kernel = /running kernel: (\d+\.\d+[\w.+~-]*)/.exec(text)
  if (kernel?.[1] !== undefined) found.release = { value: kernel[1], line }
  return true
}

function gleanName(text: string, line: number, found: Gleaned): boolean {
  const name =
    /^(?:PRETTY_NAME=|[\s*-]{0,4}(?:Description|(?:Host )?(?:OS|Operating System)|Distro|Distribution)\s?:\s+)"?([^"]{2,80})"?$/i.exec(
      text,
    )
  // A description may be of anything, and the system that of the guest, which a form asks for after the host.
  const known = name?.[1] !== undefined && (text.startsWith('PRETTY_NAME') || idOfName(name[1]) !== undefined)
  if (known) found.osName ??= { value: name[1] ?? '', line }
  if (/^(?:NAME|ID|ID_LIKE|VERSION_ID|VERSION|PRETTY_NAME|VERSION_CODENAME|VARIANT_ID)=/.test(text)) {
    if (found.osRelease.length < 200) found.osRelease.push(text)
    return true
  }
  if (known) return true
  return gleanCpu(text, line, found)
}

/** Lines of /proc/cpuinfo and lscpu in any language, and whatever other listing names the processor. */
function gleanCpu(text: string, line: number, found: Gleaned): boolean {
  const field = cpuField(text)
  const named = field === null ? namedCpu(text) : null
  if (named !== null && found.cpus.length < 100) found.cpus.push({ value: named, line })
  if (field === null && !/^(?:vendor_id|cpu family|flags|Virtualization)\s*:\s/i.test(text)) return named !== null
  if (found.cpuInfo.length < 2000)
    found.cpuInfo.push(field === null ? text.replace(/^Flags/, 'flags') : field.join(' : '))
  return true
}

const SECTIONS: Readonly<Record<string, NonNullable<Place['dmi']>>> = {
  'BIOS Information': 'bios',
  'System Information': 'system',
  'Base Board Information': 'board',
}

/** dmidecode, section by section. */
function gleanDmi(text: string, line: number, found: Gleaned, place: Place): boolean {
  const section = Object.hasOwn(SECTIONS, text) ? SECTIONS[text] : undefined
  if (section !== undefined) {
    place.dmi = section
    return true
  }
  if (place.dmi === null) return false
  const pair = /^(Vendor|Version|Release Date|Manufacturer|Product Name): (.{1,100})$/.exec(text)
  if (pair === null) return false
  const [, key = '', value = ''] = pair
  const dmi = (found.dmi ??= { line })
  if (place.dmi === 'bios') {
    if (key === 'Vendor') dmi.biosVendor = value
    else if (key === 'Version') dmi.biosVersion = value
    else if (key === 'Release Date') dmi.biosDate = value
  } else if (key === 'Manufacturer') dmi[place.dmi] = value
  else if (key === 'Product Name') dmi[place.dmi] = [dmi[place.dmi], value].filter(Boolean).join(' ')
  return true
}

function gleanLimit(text: string, line: number, found: Gleaned, place: Place): boolean {
  const limit =
    /^max locked memory\s+\(kbytes, -l\)\s+(\d{1,15}|unlimited)/i.exec(text) ??
    /^Max locked memory\s+(\d{1,15}|unlimited)\s+/.exec(text) ??
    (/\bulimit -\w*l/.test(place.command) ? /^(\d{1,15}|unlimited)$/.exec(text) : null)
  if (limit?.[1] === undefined) return false
  const unit = text.startsWith('Max') ? 1 : 1024
  found.memlock = { value: limit[1] === 'unlimited' ? null : Number(limit[1]) * unit, line }
  return true
}
