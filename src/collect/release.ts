import type { Host } from '../host/host.ts'
import { unknown, type Unknown } from '../model/fact.ts'
import { unread } from './unread.ts'

const OSRELEASE = '/proc/sys/kernel/osrelease'

/** The running kernel's release, where it is fit to be one name of a path. */
export function releaseName(host: Host): string | null {
  const read = host.readText(OSRELEASE, 4096)
  const release = read.ok ? read.value.trim() : ''
  return /^[\w.+~-]{1,200}$/.test(release) && !release.startsWith('.') ? release : null
}

/** Why there is no release name. */
export function releaseGap(host: Host): Unknown {
  const read = host.stat(OSRELEASE)
  return read.ok ? unknown('unreadable', OSRELEASE, 'no kernel release in it') : unread(read, OSRELEASE)
}

/** Where the modules of a kernel may be; the last is NixOS, whose booted system is not the current one. */
export function moduleDirectories(release: string): readonly string[] {
  return [
    `/lib/modules/${release}`,
    `/usr/lib/modules/${release}`,
    `/run/booted-system/kernel-modules/lib/modules/${release}`,
  ]
}
