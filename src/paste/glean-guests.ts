import type { Gleaned } from './gleaned.ts'
import type { PasteLine } from './lines.ts'
import type { GuestState } from './place.ts'

const MOST = 20_000

/** libvirt XML, QEMU command lines (also continued with a backslash) and Proxmox configurations. */
export function gleanGuest(line: PasteLine, found: Gleaned, state: GuestState): boolean {
  const text = line.text.trim()
  if (state.xml || /^<(?:domain|hostdev|devices|memoryBacking|features|os|interface)\b/.test(text)) {
    if (found.domainXml.length < MOST) found.domainXml.push(text)
    const opens =
      /^<(?:domain|hostdev|devices|interface)\b[^>]*[^/]>/.test(text) &&
      !/<\/(?:hostdev|devices|interface|domain)>\s*$/.test(text)
    if (opens) state.xml = true
    else if (
      /<\/(?:domain|devices)>/.test(text) ||
      (/<\/(?:hostdev|interface)>/.test(text) && !found.domainXml.some((one) => /^<(?:domain|devices)\b/.test(one)))
    )
      state.xml = false
    return true
  }
  if (state.qemu !== null) {
    state.qemu.text += ` ${text.replace(/\\$/, '')}`
    if (!text.endsWith('\\')) endQemu(found, state)
    return true
  }
  // An error message names the argument it stumbled over: that is no command line.
  const message = /^(?:qemu|kvm)[\w-]*: /.test(text)
  if (
    !message &&
    (/(?:^|[\s/])(?:qemu-system-[\w-]+|qemu-kvm|kvm)\s+.*-\w/.test(text) ||
      /^-(?:device|machine|cpu|m|object|blockdev|drive|netdev)\s/.test(text))
  ) {
    state.qemu = { line: line.line, text: text.replace(/\\$/, '') }
    if (!text.endsWith('\\')) endQemu(found, state)
    return true
  }
  if (
    /^(?:hostpci\d+|args|machine|bios|balloon|cores|cpu|memory|ostype|vga|efidisk0|scsihw|onboot|numa|hugepages):\s/.test(
      text,
    )
  ) {
    found.proxmox.push({ value: text, line: line.line })
    return true
  }
  return false
}

function endQemu(found: Gleaned, state: GuestState): void {
  if (state.qemu !== null) found.qemu.push({ value: state.qemu.text, line: state.qemu.line })
  state.qemu = null
}
