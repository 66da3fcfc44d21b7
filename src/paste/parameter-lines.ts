import type { WrittenParameters } from './gleaned.ts'

/** A word that only a kernel command line for passthrough has, whole. */
const TELLING =
  /^(?:(?:intel|amd)_iommu|iommu|intremap|vfio[-_]pci\.\w+|vfio_iommu_type1\.\w+|kvm(?:_\w+)?\.\w+|pcie_acs_override|video|rd\.driver\.pre|pci|default_hugepagesz|hugepages(?:z)?|initcall_blacklist|module_blacklist|modprobe\.blacklist)=/

/**
 * The kernel parameters on a line of a post, and which layer they are of: /proc/cmdline and the log are what runs; a
 * GRUB variable, a boot entry or a bare list of parameters is what somebody wrote. Null for prose.
 */
export function parameterLine(text: string, command: string, line: number): WrittenParameters | null {
  // Prose goes by at once: a parameter that is worth reading has a value.
  if (!text.includes('=')) return null
  const logged = /^(?:\S+ )?(?:Kernel command line|Command line): (.+)$/.exec(text)
  if (logged !== null) return { text: logged[1] ?? '', line, layer: 'running', where: 'kernel log' }
  const grub = /^(?:#\s?)?(?:export )?(GRUB_CMDLINE_LINUX(?:_DEFAULT|_XEN\w{0,20})?)\+?=\s?(.*)$/.exec(text)
  if (grub !== null) {
    // A line that is commented out sets nothing.
    if (text.startsWith('#')) return null
    return { text: quoted(grub[2] ?? ''), line, layer: 'configured', where: grub[1] ?? 'GRUB' }
  }
  const entry =
    /^(?:options|linux(?:efi|16)?\s+\S+|APPEND|append|cmdline:|kernel_options|KERNEL_CMDLINE=)\s*(.+)$/.exec(text)
  if (
    entry !== null &&
    /\b(?:root|initrd|rw|ro|quiet)\b/.test(entry[1] ?? '') &&
    !/^options \w[\w-]* \w+=/.test(text) &&
    // GRUB puts that in at the start, so it is what runs, and the word before it is a label.
    entry[1]?.startsWith('BOOT_IMAGE=') !== true
  ) {
    return { text: unquote(entry[1] ?? ''), line, layer: 'generated', where: 'boot entry' }
  }
  const labelled =
    /^(?:cmdline|kernel (?:parameters|params|args|cmdline|options)|boot (?:parameters|options)|kernel command line|kernelparams)\s*[:=]\s*(\S.*)$/i.exec(
      text,
    )
  const words = (labelled?.[1] ?? text).split(/\s+/)
  if (/^BOOT_IMAGE=\S+/.test(words[0] ?? '') || (/cmdline/.test(command) && /=/.test(text)) || isBootLine(words)) {
    return { text: labelled?.[1] ?? text, line, layer: 'running', where: '/proc/cmdline' }
  }
  if (words.every(isParameter) && words.some((word) => TELLING.test(unquote(word)))) {
    return { text: unquote(labelled?.[1] ?? text), line, layer: 'configured', where: 'a list of kernel parameters' }
  }
  return null
}

/** `initrd=… root=… rw …`: what /proc/cmdline says where no GRUB wrote BOOT_IMAGE. */
function isBootLine(words: readonly string[]): boolean {
  if (words.length < 2 || !words.every(isParameter)) return false
  return words.some((word) => /^(?:root|initrd|rootflags)=\S/.test(word))
}

function isParameter(word: string): boolean {
  return /^["']?[A-Za-z][\w.:-]*(?:=\S*)?["']?$/.test(word) && !/[.:]$/.test(word)
}

/** The value of an assignment of a shell: what stands in its quotes; people leave them out when they retype it. */
function quoted(text: string): string {
  const quote = text[0] === '"' || text[0] === "'" ? text[0] : null
  if (quote === null) return text
  const end = text.lastIndexOf(quote)
  return end > 0 ? text.slice(1, end) : text.slice(1)
}

function unquote(text: string): string {
  return text.replace(/^["']|["']$/g, '')
}
