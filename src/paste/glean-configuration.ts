import { parseModprobe } from '../parse/modprobe-conf.ts'
import { MOST_ITEMS, type Gleaned } from './gleaned.ts'
import type { Place } from './place.ts'

/** Modules: lsmod, modprobe.d directives, module lists and kernel configuration symbols. */
export function gleanConfiguration(text: string, line: number, found: Gleaned, place: Place): boolean {
  // What `grep -r vfio /etc/modprobe.d` prints of each file.
  const grepped =
    /^(\/etc\/(?:(?:modprobe|modules-load)\.d\/[\w.@-]{1,80}|modules)):(?:\d{1,4}:)?\s*(\S.{0,600})$/.exec(text)
  if (grepped?.[1] !== undefined) {
    const { file } = place
    place.file = grepped[1]
    const read = gleanConfiguration(grepped[2] ?? '', line, found, place)
    place.file = file
    return read
  }
  if (/^Module\s+Size\s+Used by/.test(text)) {
    place.lsmod = true
    return true
  }
  // Posted as Markdown or as a comment, the rows keep a `#`.
  const row = /^(?:# )?([a-z0-9_]{2,56})\s+(\d{3,9})\s+(-?\d{1,5})(?:\s+([\w,-]{0,600}))?(?:\s.{0,60})?$/.exec(text)
  if (
    row?.[1] !== undefined &&
    (place.lsmod || /^(?:vfio|kvm|iommu|irqbypass|nvidia|nouveau|amdgpu|i915)/.test(row[1]))
  ) {
    // A filter may have left the rows of the users out, and they are loaded all the same. Of kvm only its own row tells
    // who uses it, so another row that names it does not stand for that.
    const users = (row[4] ?? '').split(',').filter((name) => /^[a-z0-9_]{2,56}$/.test(name) && name !== 'kvm')
    for (const value of [row[1], ...users]) if (found.loaded.length < MOST_ITEMS) found.loaded.push({ value, line })
    return true
  }
  const symbol =
    /^(?:# )?(CONFIG_[A-Z0-9_]{2,60})(?:=([ymn]|"[^"]{0,60}"|\d{1,20}|0x[0-9a-f]{1,16})| is not set)$/.exec(text)
  if (symbol?.[1] !== undefined) {
    if (found.config.length < MOST_ITEMS) found.config.push({ value: [symbol[1], symbol[2] ?? 'n'], line })
    return true
  }
  if (directive(text)) {
    const path = configurationFile(place)
    const directives = parseModprobe(text, path ?? 'the paste').filter((one) => one.kind !== 'unknown')
    if (directives.length > 0 && found.modprobe.length < MOST_ITEMS) {
      found.modprobe.push(...directives.map((one) => ({ ...one, line })))
      return true
    }
  }
  const asked =
    /^(vfio(?:_pci|_iommu_type1|_virqfd|-pci)?)(?: (ids=\S{9,300}(?: \w{1,40}=\S{1,100}){0,6})(?: .{0,200})?)?$/.exec(
      text,
    )
  if (asked?.[1] === undefined) return false
  found.loadAtBoot.push({ module: asked[1].replaceAll('-', '_'), path: configurationFile(place) ?? 'the paste' })
  // initramfs-tools reads options behind a name in its list of modules (initramfs.conf(5), /etc/initramfs-tools/modules).
  if (asked[2] !== undefined) {
    const options = parseModprobe(`options vfio_pci ${asked[2]}`, configurationFile(place) ?? 'the paste')
    found.modprobe.push(...options.map((one) => ({ ...one, line })))
  }
  return true
}

/** Words of modprobe.d(5); "blacklist the driver" is a sentence, and has more of them than the directive takes. */
function directive(text: string): boolean {
  return (
    /^options\s+[\w-]{1,64}\s+\w[\w.-]*(?:=|\s|$)/.test(text) ||
    /^blacklist\s+[\w-]{1,64}$/.test(text) ||
    /^(?:softdep|weakdep)\s+[\w-]{1,64}\s+(?:pre:|post:|[\w-]+$)/.test(text) ||
    /^alias\s+\S{1,200}\s+[\w-]{1,64}$/.test(text) ||
    /^(?:install|remove)\s+[\w-]{1,64}\s+\/\S/.test(text)
  )
}

function configurationFile(place: Place): string | null {
  return place.file !== null && place.file.startsWith('/etc/') ? place.file : null
}
