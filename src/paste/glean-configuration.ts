import { parseModprobe } from '../parse/modprobe-conf.ts'
import type { Place } from './place.ts'
import type { Gleaned } from './gleaned.ts'

/** Modules: lsmod, modprobe.d directives, module lists and kernel configuration symbols. */
export function gleanConfiguration(text: string, line: number, found: Gleaned, place: Place): boolean {
  if (/^Module\s+Size\s+Used by/.test(text)) {
    place.lsmod = true
    found.wholeLsmod = !/grep/.test(place.command)
    return true
  }
  const row = /^([a-z0-9_]{2,56})\s+(\d{3,9})\s+(-?\d{1,5})(?:\s+([\w,-]{0,600}))?$/.exec(text)
  if (
    row?.[1] !== undefined &&
    (place.lsmod || /^(?:vfio|kvm|iommu|irqbypass|nvidia|nouveau|amdgpu|i915)/.test(row[1]))
  ) {
    found.loaded.push({ value: row[1], line })
    return true
  }
  const symbol = /^(?:# )?(CONFIG_[A-Z0-9_]{2,60})(?:=([ymn]|"[^"]{0,60}"|\d+)| is not set)$/.exec(text)
  if (symbol?.[1] !== undefined) {
    found.config.push({ value: [symbol[1], symbol[2] ?? 'n'], line })
    return true
  }
  if (/^(?:options|blacklist|softdep|alias)\s+[\w*-]+/.test(text) || /^install\s+[\w-]+\s+\/\S+/.test(text)) {
    const directives = parseModprobe(text, 'the paste').filter((one) => one.kind !== 'unknown')
    // "blacklist the driver": a sentence has more words than the directive takes.
    const sentence = /^blacklist\s+\S+\s+\S/.test(text)
    if (directives.length > 0 && !sentence) {
      found.modprobe.push(...directives.map((one) => ({ ...one, line })))
      return true
    }
  }
  if (/^vfio(?:_pci|_iommu_type1|_virqfd|-pci)?$/.test(text)) {
    found.loadAtBoot.push({ module: text.replaceAll('-', '_'), path: 'the paste' })
    return true
  }
  return false
}
