import type { Host } from '../host/host.ts'
import { cleanLine } from '../parse/clean.ts'

export interface Container {
  readonly name: string
  readonly source: string
}

/** The container that this process runs in, by the marks that container managers leave; null: none of them is there. */
export function containerOf(host: Host): Container | null {
  return managed(host) ?? marked(host) ?? started(host) ?? grouped(host)
}

/** systemd's container interface: PID 1 of a container writes the manager's name here. */
function managed(host: Host): Container | null {
  const source = '/run/systemd/container'
  const read = host.readText(source, 256)
  const name = read.ok ? cleanLine(read.value).trim() : ''
  return name === '' ? null : { name, source }
}

function marked(host: Host): Container | null {
  if (host.stat('/.dockerenv').ok) return { name: 'docker', source: '/.dockerenv' }
  if (host.stat('/run/.containerenv').ok) return { name: 'podman', source: '/run/.containerenv' }
  // Both are there on an OpenVZ host; a container has the first alone.
  if (host.stat('/proc/vz').ok && !host.stat('/proc/bc').ok) return { name: 'openvz', source: '/proc/vz' }
  return null
}

/** `container=lxc` in the environment of PID 1. Root alone may read it. */
function started(host: Host): Container | null {
  const source = '/proc/1/environ'
  const read = host.readText(source, 65_536)
  const name =
    read.ok && read.value.includes('container=') ? /(?:^|\0)container=([\w.-]{1,64})/.exec(read.value)?.[1] : undefined
  return name === undefined ? null : { name, source }
}

/** The control group of PID 1, where the host's names show (cgroup v1, or a namespace that was not unshared). */
function grouped(host: Host): Container | null {
  const source = '/proc/1/cgroup'
  const read = host.readText(source, 65_536)
  const text = read.ok ? read.value : ''
  // On a host it is one line, `0::/init.scope`.
  const name = text === '0::/init.scope\n' ? undefined : /[/:](docker|lxc|kubepods|libpod|containerd)\b/.exec(text)?.[1]
  return name === undefined ? null : { name, source }
}
