import type { Host, Read } from '../../host/host.ts'
import type { Unknown } from '../../model/fact.ts'
import { cleanLine } from '../../parse/clean.ts'
import { defaultRoutes, defaultRoutes6 } from '../../parse/routes.ts'
import { listOrNone } from '../listing.ts'
import { unread } from '../unread.ts'
import { ownersIn, type Found } from './found.ts'

const NET = '/sys/class/net'

/** Network interfaces: which of them carries the default route, itself or through a bridge or bond, or has a link. */
export function networkUses(host: Host): Found {
  const names = listOrNone(host, NET)
  if (names.state === 'unknown') return { uses: [], blind: [{ kind: 'network', because: names }] }
  // Bridges, bonds and the like stand below /sys/devices/virtual.
  const hardware = names.value.flatMap((name) => {
    const link = host.link(`${NET}/${name}`)
    return link.ok && !link.value.includes('/virtual/') ? [{ name, owners: ownersIn(link.value) }] : []
  })
  const cards = hardware.filter((one) => one.owners.length > 0)
  if (cards.length === 0) return { uses: [], blind: [] }
  const v4 = host.readText('/proc/net/route')
  const v6 = host.readText('/proc/net/ipv6_route')
  const routed = new Set([...(v4.ok ? defaultRoutes(v4.value) : []), ...(v6.ok ? defaultRoutes6(v6.value) : [])])
  const uses: Found['uses'][number][] = []
  const blind: Found['blind'][number][] = []
  for (const { name, owners } of cards) {
    const inUse = reasonOf(host, name, routed)
    const only = inUse !== null && hardware.length === 1 ? ', and it is the only network interface' : ''
    for (const owner of owners) {
      const use = { kind: 'network' as const, name: cleanLine(name), source: `${NET}/${name}` }
      uses.push({ owner, use: { ...use, inUse: inUse === null ? null : inUse + only } })
      const hidden = inUse === null ? (hiddenBy(v4, '/proc/net/route') ?? hiddenBy(v6, '/proc/net/ipv6_route')) : null
      if (hidden !== null) blind.push({ owner, because: hidden })
    }
  }
  return { uses, blind }
}

function reasonOf(host: Host, name: string, routed: ReadonlySet<string>): string | null {
  const through = routeAbove(host, name, routed, new Set())
  if (through !== undefined)
    return through === name ? 'it carries the default route' : `it carries the default route of ${cleanLine(through)}`
  return isUp(host, name) ? 'its link is up' : null
}

/** The interface itself or one that stands on it (`upper_vmbr0`, `upper_bond0`), the first that has the route. */
function routeAbove(host: Host, name: string, routed: ReadonlySet<string>, seen: Set<string>): string | undefined {
  if (routed.has(name)) return name
  if (seen.has(name) || seen.size > 64) return undefined
  seen.add(name)
  const names = host.list(`${NET}/${name}`)
  for (const upper of names.ok ? names.value.filter((one) => one.startsWith('upper_')) : []) {
    const found = routeAbove(host, upper.slice('upper_'.length), routed, seen)
    if (found !== undefined) return found
  }
  return undefined
}

/** Drivers that do not report a state say `unknown`; then the carrier tells (RFC 2863; net/core/net-sysfs.c). */
function isUp(host: Host, name: string): boolean {
  const state = host.readText(`${NET}/${name}/operstate`, 64)
  if (!state.ok || state.value.trim() !== 'unknown') return state.ok && state.value.trim() === 'up'
  const carrier = host.readText(`${NET}/${name}/carrier`, 64)
  return carrier.ok && carrier.value.trim() === '1'
}

/** A table that is not there has no routes: the kernel lacks that protocol. */
function hiddenBy(table: Read<string>, path: string): Unknown | null {
  return table.ok || table.error === 'absent' ? null : unread(table, path)
}
