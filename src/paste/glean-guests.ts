import type { Gleaned } from './gleaned.ts'
import type { PasteLine } from './lines.ts'
import type { GuestState } from './place.ts'

const MOST_XML = 20_000
const MOST_GUESTS = 200
/** Longest command line kept. */
const MOST_TEXT = 65_536
/** A definition whose end was left out ends after this many lines that are no XML. */
const ALIEN = 4

/** libvirt XML, QEMU command lines (an option a line too) and Proxmox configurations. */
export function gleanGuest(line: PasteLine, found: Gleaned, state: GuestState): boolean {
  const text = line.text.trim()
  return gleanXml(text, found, state) || gleanQemu(line, text, found, state) || gleanProxmox(text, line.line, found)
}

function gleanXml(text: string, found: Gleaned, state: GuestState): boolean {
  if (!state.xml && !/^<(?:domain|hostdev|devices|memoryBacking|features|os|interface)\b/.test(text)) return false
  if (state.xml) {
    state.alien = /[<>]/.test(text) ? 0 : state.alien + 1
    if (state.alien > ALIEN) {
      state.xml = false
      return false
    }
  }
  if (found.domainXml.length < MOST_XML) found.domainXml.push(text)
  const opens =
    /^<(?:domain|hostdev|devices|interface)\b[^>]{0,400}[^/]>/.test(text) &&
    !/<\/(?:hostdev|devices|interface|domain)>$/.test(text)
  if (opens) state.xml = true
  else if (/<\/(?:domain|devices)>/.test(text)) state.xml = false
  else if (/<\/(?:hostdev|interface)>/.test(text)) {
    // A lone device ends here; one inside a definition does not.
    state.xml = found.domainXml.some((one) => /^<(?:domain|devices)\b/.test(one))
  }
  return true
}

const PROGRAM = /(?:^|[\s/])(?:qemu-system-[\w-]{1,20}|qemu-kvm)(?=\s|$)|(?:^|\/|[#$] )kvm(?=\s)/
const OPTION =
  /^-(?:device|machine|cpu|m|smp|object|blockdev|drive|netdev|chardev|global|name|mem-path|mem-prealloc|overcommit|bios|vga|nographic|nodefaults|rtc|msg|S|M|L|enable-kvm|accel|boot|uuid|display|monitor|mon|serial|parallel|balloon|usb|usbdevice|numa|realtime|no-[\w-]+)(?:\s|$)/

function gleanQemu(line: PasteLine, text: string, found: Gleaned, state: GuestState): boolean {
  // An error message names the argument it stumbled over: that is no command line.
  const message = /^(?:\S{1,40} )?(?:qemu|kvm)[\w-]{0,20}: |^-device \S{1,200}: /.test(text)
  const option = !message && OPTION.test(text)
  if (state.qemu !== null && option) {
    if (state.qemu.text.length < MOST_TEXT) state.qemu.text += ` ${text}`
    return true
  }
  const begins = !message && (option || isProgram(text))
  if (state.qemu !== null) {
    if (found.qemu.length < MOST_GUESTS) found.qemu.push({ value: state.qemu.text, line: state.qemu.line })
    state.qemu = null
  }
  if (begins) state.qemu = { line: line.line, text }
  return begins
}

function isProgram(text: string): boolean {
  const found = PROGRAM.exec(text)
  if (found === null) return false
  const rest = text.slice(found.index + found[0].length)
  return rest === '' || /\s--?\w/.test(rest)
}

function gleanProxmox(text: string, line: number, found: Gleaned): boolean {
  const plain = text.replace(/^.{0,80}?[#$] (?=(?:sudo )?qm (?:set|create) )/, '')
  if (
    !/^(?:(?:sudo )?qm (?:set|create) \d{3,9} |(?:hostpci\d{1,2}|args|machine|bios|balloon|cores|cpu|memory|ostype|vga|efidisk0|scsihw|onboot|numa|hugepages):\s?\S)/.test(
      plain,
    )
  )
    return false
  if (found.proxmox.length < 1000) found.proxmox.push({ value: plain, line })
  return true
}
