import type { Host } from '../host/host.ts'
import { known, unknown, valueOf, type Fact, type Unknown } from '../model/fact.ts'
import type { Address, DeviceUse, PciFunction } from '../model/pci.ts'
import { containerOf } from './container.ts'
import { diskUses } from './uses/disks.ts'
import { displayUses } from './uses/displays.ts'
import { canCarry, type Kind } from './uses/found.ts'
import { framebufferUses } from './uses/framebuffer.ts'
import { inputUses } from './uses/inputs.ts'
import { networkUses } from './uses/network.ts'
import { soundUses } from './uses/sounds.ts'

type Function = Pick<PciFunction, 'address' | 'class' | 'driver' | 'resources' | 'bootVga'>

/**
 * What of the host stands on each function. The classes of /sys/class are gone through once, and the path of each
 * member names its function: that costs the same for ten functions and for ten thousand. Something that the host uses
 * makes the answer known, whatever else could not be seen; "idle" needs everything seen.
 */
export function usesOf(host: Host, functions: readonly Function[]): (fn: Function) => Fact<readonly DeviceUse[]> {
  const searches = [
    diskUses(host),
    networkUses(host),
    displayUses(host, functions),
    framebufferUses(host, functions),
    inputUses(host),
    soundUses(host),
  ]
  const uses = new Map<Address, DeviceUse[]>()
  for (const { owner, use } of searches.flatMap((one) => one.uses)) uses.set(owner, [...(uses.get(owner) ?? []), use])
  const blind = new Map<Address, Unknown>()
  const blindTo = new Map<Kind, Unknown>()
  for (const one of searches.flatMap((search) => search.blind)) {
    if ('owner' in one) blind.set(one.owner, one.because)
    else blindTo.set(one.kind, one.because)
  }
  // It has mounts and a network of its own (mount_namespaces(7), network_namespaces(7)).
  if (containerOf(host) !== null) {
    const because = unknown(
      'not-collected',
      '/sys/class',
      'a container does not see the mounts and networks of its host',
    )
    blindTo.set('disk', because).set('network', because)
  }
  const hiddenOn = (fn: Function): Unknown | undefined =>
    [...blindTo].find(([kind]) => canCarry(kind, valueOf(fn.class)))?.[1]

  return (fn) => {
    const found = uses.get(fn.address) ?? []
    const hidden = blind.get(fn.address) ?? (valueOf(fn.driver) === null ? undefined : hiddenOn(fn))
    if (hidden !== undefined && found.every((one) => one.inUse === null)) return hidden
    return known(found, '/sys/class')
  }
}
