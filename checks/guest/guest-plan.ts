import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { GuestDefinition, HostDevice } from '../../src/model/guests.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { sameSlot } from '../../src/rules/address.ts'
import { groupOf, viability } from '../../src/rules/groups.ts'
import { describe, findFunction, isBridge, isDisplay, onVfio, sysfs } from '../../src/rules/pci.ts'

type Code =
  | 'guest-names-absent-device'
  | 'guest-names-device-twice'
  | 'guests-share-group'
  | 'guest-takes-host-devices'
  | 'guest-unmanaged-device'
  | 'guest-gpu-on-i440fx'
  | 'guest-x-vga-no-display'
  | 'guest-gpu-without-audio'

export const check: AnyCheck = defineCheck({
  id: 'guest-plan',
  area: 'guest',
  title: 'The definitions of the guests fit this host',
  needs: ['guests'],
  uses: ['pci', 'groups', 'kernel'],
  problems: {
    'guest-names-absent-device': {
      severity: 'warn',
      family: 'device-unreachable',
      title: '{guest} is to get {address}, which is not on this host',
      summary:
        'No device has this address now. Addresses move when cards are added or removed, and virtual functions are gone after a reboot until they are made again.',
      proof: 'The address in the definition, and a whole list of PCI functions without it.',
      ruledOut: 'The device directory of that address.',
      explains: ['host-device-missing', 'guest-start-failed'],
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'change-guest', say: 'Give the guest the address that the device has now.' },
      ],
      blocks: 'machine',
      sources: ['Documentation/ABI/testing/sysfs-bus-pci'],
    },
    'guest-names-device-twice': {
      severity: 'warn',
      family: 'guest-config',
      title: '{guest} is given {address} twice',
      summary:
        'Two entries of the definition cover the same function, and the guest cannot start with both. In Proxmox an entry without a function number covers the whole slot.',
      proof: 'Two entries of one definition that cover the function.',
      ruledOut: 'One entry for each function.',
      explains: ['guest-device-twice', 'guest-start-failed'],
      remedy: [{ do: 'change-guest', say: 'Remove one of the two entries.' }],
      blocks: 'machine',
      sources: ['PVE/QemuServer/PCI.pm', 'QEMU hw/vfio/container-legacy.c'],
    },
    'guests-share-group': {
      severity: 'info',
      family: 'guest-config',
      title: '{guest} and {other} have devices of the same IOMMU group {group}',
      summary:
        'A group can be in one running guest at a time, so these two cannot run together. That is fine where they are meant to take turns.',
      proof: 'Two definitions that name devices of one group.',
      ruledOut: 'Groups of their own.',
      remedy: [{ do: 'change-guest', say: 'Run one of them at a time, or give both devices to the same guest.' }],
      sources: ['drivers/vfio/group.c: vfio_group_fops_open', 'libvirt src/hypervisor/virhostdev.c'],
    },
    'guest-takes-host-devices': {
      severity: 'warn',
      family: 'group-not-viable',
      title: 'Starting {guest} takes {members} from this host',
      summary:
        'Proxmox hands every endpoint of the group to vfio-pci when the guest starts, also those that the guest is not given. What the host does with them (disks, network) ends at that moment.',
      proof: 'A Proxmox definition, and an endpoint of the group on a host driver that the guest is not given.',
      ruledOut: 'No such endpoint in the group.',
      remedy: [{ do: 'move-card', address: '{address}' }],
      sources: ['PVE/SysFSTools.pm: pci_dev_group_bind_to_vfio'],
    },
    'guest-unmanaged-device': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{guest} gets {address} unmanaged, and it is not on vfio-pci',
      summary: 'With managed="no" libvirt does not bind the device, so the guest will not start before somebody did.',
      proof: 'managed="no" in the definition, and a driver link that is no VFIO driver.',
      ruledOut: 'The device on a VFIO driver, or managed="yes".',
      explains: ['guest-unmanaged'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Let libvirt bind the device.',
          xml: "<hostdev mode='subsystem' type='pci' managed='yes'>",
        },
        { do: 'bind-now', addresses: '{address}' },
      ],
      blocks: 'machine',
      sources: ['libvirt src/hypervisor/virhostdev.c'],
    },
    'guest-x-vga-no-display': {
      severity: 'warn',
      family: 'guest-config',
      title: '{guest} is to have {address} as its graphics card, and that is {what}',
      summary:
        'x-vga says that a graphics card is meant. Addresses move when a card or an SSD is added or taken out, and a definition by address then takes what stands there now, which may be what the host needs.',
      proof: 'x-vga in the definition, and no display among the functions that it covers.',
      ruledOut: 'A display at that address.',
      explains: ['guest-x-vga', 'guest-takes-host-devices', 'guest-start-failed'],
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'change-guest', say: 'Give the guest the address that the graphics card has now.' },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_populate_vga', 'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_is_vga'],
    },
    'guest-gpu-on-i440fx': {
      severity: 'info',
      family: 'guest-config',
      title: '{guest} gets a graphics card on the machine type i440fx',
      summary:
        'This machine type has no PCI Express, so the card appears as a conventional device. Many drivers accept that; some do not. A new guest is better made with q35.',
      proof: 'The machine type of the definition, and the class of the device.',
      ruledOut: 'A q35 machine.',
      remedy: [
        {
          do: 'change-guest',
          say: 'Use q35 for a new guest; leave a guest that works as it is.',
          proxmox: 'machine: q35',
        },
      ],
      sources: ['QEMU docs/pcie.txt'],
    },
    'guest-gpu-without-audio': {
      severity: 'info',
      family: 'guest-config',
      title: '{guest} gets the graphics function {address} without the other functions of the card',
      summary:
        'Graphics cards are reset as a whole, and their drivers in a guest mostly expect the audio function too. Give the guest all functions of the slot.',
      proof: 'A graphics function in the definition, and other endpoints in its slot that are not.',
      ruledOut: 'All functions of the slot in the definition.',
      remedy: [{ do: 'assign', addresses: '{all}' }],
      sources: [
        'drivers/pci/pci.c: pci_parent_bus_reset',
        'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_dev_set_hot_reset',
      ],
    },
  },
  judge(facts) {
    const guests = facts.guests.value
    const pci = valueOf(facts.pci)
    const hits: Hit<Code>[] = []
    const holders = new Map<number, GuestDefinition>()
    for (const guest of guests) {
      const covered = guest.hostDevices.flatMap((device) =>
        functionsOf(device, pci?.functions ?? []).map((address) => ({ address, device })),
      )
      const seen = new Set<string>()
      for (const { address, device } of covered) {
        const subject = { kind: 'device', address } as const
        const fn = pci === undefined ? undefined : findFunction(pci, address)
        const given = { source: guest.source, saw: device.text }
        const hit = (code: Code, saw: string, values: Record<string, string> = {}): void => {
          const evidence = [given, { source: sysfs(address), saw }] as const
          hits.push({ code, subject, evidence, values: { guest: guest.name, address, ...values } })
        }
        if (seen.has(address)) hit('guest-names-device-twice', 'two entries cover it')
        else seen.add(address)
        if (pci?.complete === true && fn === undefined) hit('guest-names-absent-device', 'no such device')
        if (fn === undefined || pci === undefined || isBridge(fn) === true) continue
        const driver = valueOf(fn.driver)
        if (guest.manager === 'libvirt' && device.managed === false && onVfio(fn) === false)
          hit('guest-unmanaged-device', `on ${driver ?? 'no driver'}`)
        if (isDisplay(fn) && /^(pc-i440fx|pc$|i440fx)/.test(guest.machine ?? ''))
          hit('guest-gpu-on-i440fx', 'a display')
        const slot = pci.functions.filter((one) => sameSlot(one.address, address) && isBridge(one) === false)
        const vga = /^(?:on|1|yes|true)$/.test(device.options['x-vga'] ?? '') && fn === slot[0]
        if (vga && slot.every((one) => isDisplay(one) === false && one.class.state === 'known'))
          hit('guest-x-vga-no-display', describe(fn), { what: describe(fn) })
        const left = slot.filter((one) => !covered.some((given) => given.address === one.address))
        if (isDisplay(fn) && !address.endsWith(':02.0') && left.length > 0)
          hit('guest-gpu-without-audio', `left out: ${left.map((one) => one.address).join(' ')}`, {
            all: slot.map((one) => one.address).join(' '),
          })
        const group = groupOf(fn, facts.groups)
        if (group === undefined || group === null) continue
        const other = holders.get(group.id)
        if (other === undefined) holders.set(group.id, guest)
        else if (
          other !== guest &&
          !hits.some((one) => one.code === 'guests-share-group' && one.values?.['group'] === String(group.id))
        )
          hit('guests-share-group', `group ${group.id}, as a device of ${other.name}`, {
            other: other.name,
            group: String(group.id),
          })
        const taken = viability(group, pci, facts.kernel).held.filter(
          (one) => !covered.some((given) => given.address === one.address),
        )
        if (guest.manager === 'proxmox' && taken.length > 0) {
          const saw = taken.map((one) => `${one.address} on ${valueOf(one.driver)}`).join(', ')
          hit('guest-takes-host-devices', saw, { members: taken.map((one) => one.address).join(', ') })
          const last = hits.at(-1)
          // The sound of a card whose picture is given away is missed by nobody.
          if (last !== undefined && taken.every((one) => sameSlot(one.address, address) && idle(one)))
            hits[hits.length - 1] = { ...last, severity: 'info' }
        }
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const given = guests.reduce((sum, guest) => sum + guest.hostDevices.length, 0)
    if (given === 0) return { kind: 'skip', because: 'no guest is given a PCI device' }
    return {
      kind: 'pass',
      evidence: [{ source: facts.guests.source, saw: `${given} devices of ${guests.length} guests` }],
    }
  },
})

/** Whether it is known that the host has nothing on it that it uses now. */
function idle(fn: PciFunction): boolean {
  return valueOf(fn.uses)?.every((one) => one.inUse === null) === true
}

/** The functions that an entry covers; of a slot whose functions are not known, function 0. */
function functionsOf(device: HostDevice, functions: readonly PciFunction[]): readonly string[] {
  const { address } = device
  if (address === null) return []
  if (!device.allFunctions) return [address]
  const slot = functions.filter((one) => sameSlot(one.address, address)).map((one) => one.address)
  return slot.length > 0 ? slot : [address]
}
