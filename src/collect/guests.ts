import type { Host } from '../host/host.ts'
import { known, type Fact, type Unknown } from '../model/fact.ts'
import type { GuestDefinition } from '../model/guests.ts'
import { parseLibvirtDomain } from '../parse/libvirt-domain.ts'
import { parseProxmoxConfig } from '../parse/proxmox-config.ts'
import { unread } from './unread.ts'

const LIBVIRT = '/etc/libvirt/qemu'
const LIBVIRT_RUN = '/run/libvirt/qemu'
const PROXMOX = '/etc/pve/qemu-server'
const PROXMOX_RUN = '/run/qemu-server'
const FILE_LIMIT = 1_048_576
/** Definitions read of each manager. */
const GUEST_COUNT = 1000

/**
 * The virtual machines that libvirt (its system instance) and Proxmox define here. Both keep the definitions where
 * only root may look: then none is known, rather than none defined.
 */
export async function collectGuests(host: Host): Promise<Fact<readonly GuestDefinition[]>> {
  const libvirt = await libvirtGuests(host)
  if ('state' in libvirt) return libvirt
  const proxmox = await proxmoxGuests(host)
  if ('state' in proxmox) return proxmox
  return known([...libvirt, ...proxmox], isProxmox(host) ? `${LIBVIRT}, ${PROXMOX}` : LIBVIRT)
}

async function libvirtGuests(host: Host): Promise<readonly GuestDefinition[] | Unknown> {
  const defined = xmlNames(host, LIBVIRT)
  if ('state' in defined) return defined
  const running = xmlNames(host, LIBVIRT_RUN)
  const live = 'state' in running ? null : new Set(running)
  const files = [
    ...defined.map((name) => ({ path: `${LIBVIRT}/${name}`, running: live === null ? null : live.has(name) })),
    // A transient domain has no definition, and is gone when it stops.
    ...[...(live ?? [])]
      .filter((name) => !defined.includes(name))
      .map((name) => ({ path: `${LIBVIRT_RUN}/${name}`, running: true })),
  ]
  if (files.length === 0) return []
  const guests: GuestDefinition[] = []
  for (const { path, running: state } of files.slice(0, GUEST_COUNT)) {
    const read = host.readText(path, FILE_LIMIT)
    if (!read.ok) {
      if (read.error === 'absent') continue
      return unread(read, path)
    }
    const guest = parseLibvirtDomain(read.value, path)
    if (guest !== null) guests.push({ ...guest, running: state })
  }
  return guests
}

function xmlNames(host: Host, path: string): readonly string[] | Unknown {
  const list = host.list(path)
  if (list.ok) return list.value.filter((name) => name.endsWith('.xml'))
  return list.error === 'absent' ? [] : unread(list, path)
}

/** /etc/pve is a FUSE file system that may hang: it is looked at only where Proxmox is installed. */
function isProxmox(host: Host): boolean {
  return host.stat('/usr/sbin/qm', true).ok
}

async function proxmoxGuests(host: Host): Promise<readonly GuestDefinition[] | Unknown> {
  if (!isProxmox(host)) return []
  const list = await host.listSlow(PROXMOX)
  if (!list.ok) return list.error === 'absent' ? [] : unread(list, PROXMOX)
  const names = list.value.filter((name) => /^\d{3,9}\.conf$/.test(name)).slice(0, GUEST_COUNT)
  if (names.length === 0) return []
  const guests: GuestDefinition[] = []
  for (const name of names) {
    const path = `${PROXMOX}/${name}`
    // One after the other: the first that hangs is the last that is waited for.
    const read = await host.readSlow(path, { limit: FILE_LIMIT }) // eslint-disable-line no-await-in-loop
    if (!read.ok) {
      if (read.error === 'absent') continue
      return unread(read, path)
    }
    const guest = parseProxmoxConfig(read.value, path, true)
    if (guest !== null) guests.push({ ...guest, running: proxmoxRunning(host, name.replace('.conf', '')) })
  }
  return guests
}

/** A pid file that outlived its process does not count. */
function proxmoxRunning(host: Host, id: string): boolean | null {
  const path = `${PROXMOX_RUN}/${id}.pid`
  const read = host.readText(path, 64)
  if (!read.ok) return read.error === 'absent' ? false : null
  const pid = read.value.trim()
  return /^\d{1,10}$/.test(pid) ? host.stat(`/proc/${pid}`).ok : null
}
