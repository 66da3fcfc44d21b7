import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Address, PciFunction } from '../model/pci.ts'
import { sameSlot } from './address.ts'
import { ANY_ID, idsInModprobe, idsOnCommandLine, type ListedId } from './parameters.ts'
import { isVfioDriver, onVfio } from './pci.ts'

/**
 * The functions that somebody wants to give away, each with the sign of it, strongest sign first. What nobody wants to
 * give away may stay on its host driver: a healthy desktop has no candidates and no findings about them.
 */
export function candidates(facts: Facts, asked: readonly Address[]): ReadonlyMap<Address, string> {
  const found = new Map<Address, string>()
  const add = (address: Address, reason: string): void => {
    if (!found.has(address)) found.set(address, reason)
  }
  for (const address of asked) add(address, 'asked for')
  const functions = valueOf(facts.pci)?.functions ?? []
  for (const fn of functions) {
    if (onVfio(fn) === true) add(fn.address, `on ${valueOf(fn.driver) ?? 'vfio'}`)
    const override = valueOf(fn.driverOverride)
    if (typeof override === 'string' && isVfioDriver(override)) add(fn.address, `driver_override is ${override}`)
  }
  for (const guest of valueOf(facts.guests) ?? []) {
    for (const device of guest.hostDevices) {
      if (device.address === null) continue
      const address = device.address
      const members = device.allFunctions ? functions.filter((fn) => sameSlot(fn.address, address)) : []
      for (const one of members.length > 0 ? members.map((fn) => fn.address) : [address]) {
        add(one, `given to ${guest.name}`)
      }
    }
  }
  for (const listed of listedIds(facts)) {
    for (const fn of matching(functions, listed)) add(fn.address, `its id is listed for vfio-pci (${listed.source})`)
  }
  for (const listed of writtenIds(facts)) {
    for (const fn of matching(functions, listed)) add(fn.address, `its id is written for vfio-pci (${listed.source})`)
  }
  for (const attempt of valueOf(facts.attempts) ?? []) {
    const forVfio = attempt.driver === null || isVfioDriver(attempt.driver)
    if (attempt.address !== null && forVfio && attempt.kind !== 'other')
      add(attempt.address, 'somebody tried to bind it')
    if (attempt.deviceId !== null && attempt.kind === 'new-id') {
      for (const fn of functions) if (idMatches(fn, attempt.deviceId)) add(fn.address, 'its id was written to new_id')
    }
  }
  for (const hit of valueOf(facts.messages)?.hits ?? []) {
    if (hit.device === null || hit.severity === 'info') continue
    // What VFIO or a program that starts guests complains about is what somebody wants to give away.
    if (hit.severity === 'error' && HANDOVER.has(hit.layer)) add(hit.device, 'named by an error')
    // The PCI core names the driver that has the device; a failed probe names one that has not.
    else if (hit.layer === 'pci' && isVfioDriver(hit.values['driver'] ?? ''))
      add(hit.device, 'the log shows it on a VFIO driver')
  }
  return found
}

const HANDOVER: ReadonlySet<string> = new Set(['vfio', 'qemu', 'libvirt', 'lxd', 'proxmox', 'dpdk', 'rust-vmm', 'xen'])

/** Ids listed for vfio-pci, on the command line and in modprobe.d. */
export function listedIds(facts: Pick<Facts, 'commandLine' | 'modprobe'>): readonly ListedId[] {
  const line = facts.commandLine
  return [
    ...(line.state === 'known' ? idsOnCommandLine(line.value, line.source) : []),
    ...idsInModprobe(valueOf(facts.modprobe)?.directives ?? []),
  ]
}

/** Ids that somebody wrote for the boot loader, where nothing shows what the kernel was given. */
function writtenIds({ commandLine, boot }: Pick<Facts, 'commandLine' | 'boot'>): readonly ListedId[] {
  if (commandLine.state === 'known') return []
  return (valueOf(boot)?.sources ?? []).flatMap(({ parameters, path }) => idsOnCommandLine({ parameters }, path))
}

/** The functions that an entry of `ids` takes (pci_match_one_device in drivers/pci/pci.h). */
export function matching(functions: readonly PciFunction[], listed: ListedId): readonly PciFunction[] {
  return functions.filter(
    (fn) =>
      idMatches(fn, listed.id) &&
      (listed.subsystem === null || pairMatches(listed.subsystem, valueOf(fn.subsystem) ?? '')) &&
      (listed.class === null || classMatches(fn, listed.class)),
  )
}

function idMatches(fn: PciFunction, id: string): boolean {
  return pairMatches(id, `${valueOf(fn.vendorId) ?? ''}:${valueOf(fn.deviceId) ?? ''}`)
}

function pairMatches(listed: string, own: string): boolean {
  const has = own.split(':')
  return listed.split(':').every((part, at) => part === ANY_ID || part === has[at])
}

function classMatches(fn: PciFunction, [code, mask]: readonly [number, number]): boolean {
  const own = valueOf(fn.class)
  return mask === 0 || (own !== undefined && ((own ^ code) & mask) === 0)
}
