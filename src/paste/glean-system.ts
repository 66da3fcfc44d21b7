import type { Place } from './place.ts'
import type { Gleaned } from './gleaned.ts'

/** What tells the machine itself: kernel, distribution, CPU, limits. A sentence about it is no evidence and passes by. */
export function gleanSystem(text: string, line: number, found: Gleaned, place: Place): boolean {
  const uname = /^Linux \S+ (\d+\.\d+[\w.+~-]*) .{0,200}(?:GNU\/Linux|x86_64|aarch64|riscv64|ppc64le|s390x)/.exec(text)
  if (uname?.[1] !== undefined) return set(() => (found.release = { value: uname[1] ?? '', line }))
  const bare = /^(\d+\.\d+\.\d+(?:-[\w.+~-]+)?)$/.exec(text)
  if (bare?.[1] !== undefined && /\buname\b/.test(place.command))
    return set(() => (found.release = { value: bare[1] ?? '', line }))
  const labelled =
    /^[\s*-]{0,6}(?:host |linux )?kernel(?: version| release)?\s*[:=]\s*(?:linux )?(?:version )?v?(\d+\.\d+[\w.+~-]*)/i.exec(
      text,
    )
  if (labelled?.[1] !== undefined) return set(() => (found.release ??= { value: labelled[1] ?? '', line }))
  const pve = /\b(?:pve-manager|proxmox-ve)[/:] ?(\d+[\d.-]*)/.exec(text)
  if (pve !== null) {
    found.osName = { value: `Proxmox VE ${pve[1]}`, line }
    const kernel = /running kernel: (\d+\.\d+[\w.+~-]*)/.exec(text)
    if (kernel?.[1] !== undefined) found.release = { value: kernel[1], line }
    return true
  }
  const name = /^(?:PRETTY_NAME=|Description:\s+|Operating System:\s+)"?([^"]{2,80})"?$/.exec(text)
  if (name?.[1] !== undefined) found.osName = { value: name[1], line }
  if (/^(?:NAME|ID|ID_LIKE|VERSION_ID|PRETTY_NAME|VERSION_CODENAME)=/.test(text))
    return set(() => found.osRelease.push(text))
  if (name !== null) return true
  if (
    /^(?:vendor_id|model name|flags|cpu family|address sizes|Vendor ID|Model name|Flags|Virtualization)\s*:\s/i.test(
      text,
    )
  ) {
    return set(() => found.cpuInfo.push(text))
  }
  return gleanLimit(text, line, found, place)
}

function gleanLimit(text: string, line: number, found: Gleaned, place: Place): boolean {
  const limit =
    /^max locked memory\s+\(kbytes, -l\)\s+(\d+|unlimited)/i.exec(text) ??
    /^Max locked memory\s+(\d+|unlimited)\s+/.exec(text) ??
    (/\bulimit -\w*l/.test(place.command) ? /^(\d+|unlimited)$/.exec(text) : null)
  if (limit?.[1] === undefined) return false
  const inBytes = text.startsWith('Max')
  found.memlock = { value: limit[1] === 'unlimited' ? null : Number(limit[1]) * (inBytes ? 1 : 1024), line }
  return true
}

function set(assign: () => unknown): true {
  assign()
  return true
}
