import type { Host } from '../host/host.ts'
import { known, unknown, type Fact } from '../model/fact.ts'
import type { DeviceNode, NodeFacts } from '../model/system.ts'
import { unread } from './unread.ts'

const VFIO = '/dev/vfio'

/** The device nodes of KVM, VFIO and iommufd. */
export function collectNodes(host: Host): Fact<NodeFacts> {
  return known(
    {
      kvm: nodeAt(host, '/dev/kvm'),
      vfio: nodeAt(host, `${VFIO}/vfio`),
      iommufd: nodeAt(host, '/dev/iommu'),
      groups: groupNodes(host),
    },
    '/dev',
  )
}

function nodeAt(host: Host, path: string): Fact<DeviceNode | null> {
  const stat = host.stat(path, true)
  if (!stat.ok) return stat.error === 'absent' ? absentFrom(host, null, path) : unread(stat, path)
  const { kind, mode, uid, gid } = stat.value
  if (kind !== 'character') return unknown('unreadable', path, `a ${kind}, not a character device`)
  return known({ path, mode, uid, gid, accessible: mayOpen(host, stat.value) }, path)
}

/** /dev/vfio/N and noiommu-N (vfio_group_create, drivers/vfio/group.c). */
function groupNodes(host: Host): Fact<readonly DeviceNode[]> {
  const names = host.list(VFIO)
  if (!names.ok) return names.error === 'absent' ? absentFrom(host, [], VFIO) : unread(names, VFIO)
  const groups: DeviceNode[] = []
  for (const name of names.value.filter((one) => /^(noiommu-)?\d{1,10}$/.test(one))) {
    const node = nodeAt(host, `${VFIO}/${name}`)
    if (node.state === 'unknown') return node
    // null: it went away between the listing and the look.
    if (node.value !== null) groups.push(node.value)
  }
  return known(groups.sort(byNumber), VFIO)
}

/** Without /dev/null it is not the /dev of a running system, but an empty place for one (a rescue system's /mnt). */
function absentFrom<T>(host: Host, nothing: T, path: string): Fact<T> {
  const running = host.stat('/dev/null')
  return !running.ok && running.error === 'absent'
    ? unknown('absent', path, 'no device node at all is in /dev')
    : known(nothing, path)
}

function byNumber(a: DeviceNode, b: DeviceNode): number {
  return Number(/\d+$/.exec(a.path)?.[0]) - Number(/\d+$/.exec(b.path)?.[0]) || (a.path < b.path ? -1 : 1)
}

/**
 * Exactly one class of permission bits applies: owner, else group, else others (path_resolution(7)). An access list
 * is not seen here: systemd gives the user at the seat one for /dev/kvm, so false means "not by mode and owner".
 */
function mayOpen(host: Host, node: { readonly mode: number; readonly uid: number; readonly gid: number }): boolean {
  const { uid, gids, privileged } = host.identity()
  if (privileged) return true
  const shift = node.uid === uid ? 6 : gids.includes(node.gid) ? 3 : 0
  return ((node.mode >> shift) & 6) === 6
}
