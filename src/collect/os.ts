import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { OsFacts } from '../model/system.ts'
import { parseOsRelease, type OsRelease } from '../parse/os-release.ts'
import { unread } from './unread.ts'

/** The distribution by os-release(5), and the variant of it that changes how a setting is made to last. */
export function collectOs(host: Host): Fact<OsFacts> {
  const first = '/etc/os-release'
  const own = host.readText(first, 65_536)
  const path = own.ok || own.error !== 'absent' ? first : '/usr/lib/os-release'
  const read = path === first ? own : host.readText(path, 65_536)
  if (!read.ok) return unread(read, path)
  const release = parseOsRelease(read.value)
  if (release === null) return unknown('unreadable', path, 'no ID, NAME or PRETTY_NAME in it')
  return known({ ...release, flavour: flavourOf(host, release) }, path)
}

/** opensuse-microos and its kin; the last are SUSE's own sle-micro and sl-micro. */
const TRANSACTIONAL = ['-microos', '-leap-micro', '-aeon', '-kalpa', 'sle-micro', 'sl-micro'] as const

/** The specific before the generic: a Proxmox or TrueNAS host calls itself Debian. */
function flavourOf(host: Host, release: OsRelease): OsFacts['flavour'] {
  const there = (path: string): boolean => host.stat(path, true).ok
  if (release.id === 'nixos' || there('/etc/NIXOS')) return 'nixos'
  if (release.id === 'talos') return 'talos'
  if (release.id === 'unraid' || there('/etc/unraid-version')) return 'unraid'
  if (there('/usr/bin/midclt')) return 'truenas'
  if (there('/usr/bin/pveversion')) return 'proxmox'
  // The first is made by ostree's step in the initramfs; the second is how its boot entries find the deployment.
  if (there('/run/ostree-booted') || bootedFromOstree(host)) return 'ostree'
  if (TRANSACTIONAL.some((end) => release.id.endsWith(end))) return 'transactional'
  if (there('/usr/sbin/transactional-update') && rootIsReadOnly(host)) return 'transactional'
  return 'plain'
}

function bootedFromOstree(host: Host): boolean {
  const line = host.readText('/proc/cmdline', 65_536)
  return line.ok && ` ${line.value}`.includes(' ostree=')
}

/** /proc/self/mounts, fstab(5) fields: the last line for `/` is the one on top. */
function rootIsReadOnly(host: Host): boolean {
  const mounts = host.readText('/proc/self/mounts', 1_048_576)
  if (!mounts.ok) return false
  const root = mounts.value.split('\n').findLast((line) => line.split(' ', 2)[1] === '/')
  return root?.split(' ', 4)[3]?.split(',').includes('ro') === true
}
