import {
  defineCheck,
  missingFrom,
  type AnyCheck,
  type Evidence,
  type Hit,
  type Missing,
} from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { DeviceUse, PciFunction } from '../../src/model/pci.ts'
import { cardOf, toBind } from '../../src/rules/groups.ts'
import {
  describe,
  findFunction,
  isBridge,
  isPlatformPart,
  isVfioDriver,
  onHostDriver,
  onVfio,
  sysfs,
} from '../../src/rules/pci.ts'
import { DOM0_SKIP, inDom0 } from '../../src/rules/xen.ts'

type Code = 'platform-part' | 'device-on-host-driver' | 'device-unbound' | 'device-in-use' | 'override-without-driver'

/** What holds whoever hands the device over. */
const HOSTS: readonly Code[] = ['platform-part', 'device-in-use']

export const check: AnyCheck = defineCheck({
  id: 'driver-binding',
  area: 'binding',
  title: 'Each device to be passed through is on vfio-pci, or free to go there',
  needs: ['pci'],
  uses: ['environment'],
  problems: {
    'platform-part': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{address} is a part of this host, and not for a guest',
      summary:
        '{what} belongs to the chipset or the processor: the host needs it, and no guest has a use for it. What shares a slot and a group with it stays with the host too.',
      proof:
        'The class of the function: host or ISA bridge, memory controller, system peripheral, IOMMU, SMBus or the controller of the firmware flash.',
      ruledOut: 'Another class.',
      explains: ['device-on-host-driver', 'device-unbound', 'device-in-use'],
      remedy: [
        { do: 'advise', say: 'Choose another device: a card in a slot, or a USB or network controller of its own.' },
      ],
      sources: ['PCI Code and ID Assignment Specification 1.1', 'include/linux/pci_ids.h'],
    },
    'device-in-use': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{address} is in use by this host: {use}',
      summary:
        'Handing over {what} would take this from the host: {use}. Make sure that the host can do without it before a guest gets it.{whole}',
      proof: 'What hangs on the function in sysfs, and that the host uses it now (mounts, routes, displays).',
      ruledOut: 'Nothing of the host on the function, or nothing in use.',
      explains: ['device-on-host-driver', 'device-unbound'],
      remedy: [{ do: 'advise', say: 'Free it first, or choose another device.', first: true }],
      sources: ['Documentation/ABI/testing/sysfs-bus-pci', 'proc(5)'],
    },
    'override-without-driver': {
      severity: 'warn',
      family: 'host-driver-bound',
      title: '{address} is kept for {override}, which does not drive it',
      summary:
        'driver_override reserves the device for {override} and neither loads nor binds it. Until that driver takes it, no driver does. Load it and have the device probed, or clear the override.',
      proof: 'driver_override names a driver, and the function has none.',
      ruledOut: 'A driver link, or driver_override "(null)".',
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: ['Documentation/ABI/testing/sysfs-bus-pci: driver_override'],
    },
    'device-on-host-driver': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{address} is on the host driver {driver}',
      summary:
        'A guest can have {what} only from vfio-pci. libvirt (managed) and Proxmox rebind it when the guest starts and give it back afterwards; a QEMU started by hand does not, and graphics cards are better bound at boot.',
      proof: 'The driver link of the function names a driver that is neither a VFIO one nor pci-stub.',
      ruledOut: 'A VFIO driver, or none.',
      remedy: [{ do: 'bind-now', addresses: '{card}' }],
      sources: ['drivers/vfio/pci/vfio_pci.c', 'Documentation/driver-api/vfio.rst'],
    },
    'device-unbound': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{address} is free, and not on vfio-pci yet',
      summary:
        'Nothing of the host uses {what}; it must go to vfio-pci before a guest can have it. libvirt (managed) and Proxmox do so when the guest starts.',
      proof:
        'A readable device directory without a driver link, or one that leads to pci-stub, which only keeps others off.',
      ruledOut: 'A link to another driver.',
      remedy: [{ do: 'bind-now', addresses: '{card}' }],
      sources: ['Documentation/driver-api/vfio.rst'],
    },
  },
  judge(facts, scope) {
    const pci = facts.pci.value
    const hits: Hit<Code>[] = []
    const missing: Missing[] = []
    const bound: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = findFunction(pci, address)
      if (fn === undefined || isBridge(fn) === true) continue
      if (fn.driver.state === 'unknown') {
        missing.push({ ...missingFrom(`the driver of ${address}`, fn.driver), settle: [{ do: 'show', what: 'lspci' }] })
      } else if (onVfio(fn) === true) bound.push(address)
      else {
        // Xen's own tools hand it over; what the host itself does with it stands in their way too.
        const found = judgeBinding(fn, pci.functions)
        hits.push(...(inDom0(facts) ? found.filter(({ code }) => HOSTS.includes(code)) : found))
        // A post hardly ever shows it, and is not asked for it.
        if (onHostDriver(fn) === true && fn.uses.state === 'unknown' && fn.uses.reason !== 'not-in-paste')
          missing.push(missingFrom(`what of this host stands on ${address}`, fn.uses))
      }
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest], missing }
    const [unknown, ...others] = missing
    if (unknown !== undefined) return { kind: 'unknown', missing: [unknown, ...others] }
    if (bound.length === 0)
      return { kind: 'skip', because: inDom0(facts) ? DOM0_SKIP : 'no device is to be passed through' }
    return {
      kind: 'pass',
      evidence: [{ source: '/sys/bus/pci/devices/*/driver', saw: `on a VFIO driver: ${bound.join(', ')}` }],
    }
  },
})

/** The function, and what else of its card and group is on a host driver: a group goes to a guest as one. */
function heldOf(fn: PciFunction, functions: readonly PciFunction[]): readonly PciFunction[] {
  const card = cardOf(fn, functions, (one) => valueOf(one.group))
  return toBind(card.filter((one) => one === fn || onHostDriver(one) === true))
}

function judgeBinding(fn: PciFunction, functions: readonly PciFunction[]): readonly Hit<Code>[] {
  const { address } = fn
  if (isPlatformPart(fn)) {
    const evidence = [{ source: fn.class.source, saw: describe(fn), wanted: 'a device of its own' }] as const
    return [
      {
        code: 'platform-part',
        subject: { kind: 'device', address },
        values: { address, what: describe(fn) },
        evidence,
      },
    ]
  }
  const driver = valueOf(fn.driver) ?? null
  const override = valueOf(fn.driverOverride)
  const held = heldOf(fn, functions)
  // A picture that firmware left is no driver's: vfio-pci takes the card all the same.
  const used = held
    .filter((one) => onHostDriver(one) === true)
    .flatMap((of) =>
      (valueOf(of.uses) ?? []).flatMap((one) => (one.inUse === null ? [] : [{ ...one, of, inUse: one.inUse }])),
    )
  const named = (one: (typeof used)[number]): string => (one.of === fn ? one.name : `${one.name} of ${one.of.address}`)
  const use = used.map((one) => `${named(one)} (${one.inUse})`).join(', ')
  const card = held.map((one) => one.address).join(' ')
  const values = {
    address,
    card,
    what: describe(fn),
    driver: driver ?? 'no driver',
    override: override ?? '',
    use,
    whole: used.some((one) => one.of !== fn) ? ' Its group goes to a guest as a whole.' : '',
  }
  const saw: Evidence = { source: fn.driver.source, saw: driver ?? 'no such link', wanted: 'vfio-pci' }
  const hit = (code: Code, evidence: NonEmpty<Evidence>): Hit<Code> => ({
    code,
    subject: { kind: 'device', address },
    values,
    evidence,
  })
  if (driver === null && typeof override === 'string') {
    const evidence: NonEmpty<Evidence> = [{ source: sysfs(address, 'driver_override'), saw: override }, saw]
    const found = hit('override-without-driver', evidence)
    return [
      isVfioDriver(override)
        ? found
        : {
            ...found,
            remedy: [
              { do: 'clear-driver-override', address },
              { do: 'bind-now', addresses: address },
            ],
          },
    ]
  }
  const plain = hit(onHostDriver(fn) === true ? 'device-on-host-driver' : 'device-unbound', [saw])
  if (use === '') return [plain]
  const seen = used.map((one): Evidence => ({ source: one.source, saw: `${named(one)}: ${one.inUse}` }))
  const remedy = [...new Set(used.map((one) => one.kind))].map(
    (kind) => ({ do: 'advise', say: FREE[kind], first: true }) as const,
  )
  return [{ ...hit('device-in-use', [saw, ...seen]), remedy }, plain]
}

/** How the host can do without what stands on the device. */
const FREE: Readonly<Record<DeviceUse['kind'], string>> = {
  disk: 'Move what is on its disks, unmount them and take them out of swap, RAID, LVM or ZFS first. If the host starts from one of them, give the guest another controller, or the disk as a block device.',
  network:
    'Move the address of the host, its bridge or bond to another port first, or give the guest a virtual function (SR-IOV). Over ssh through this port you would lock yourself out.',
  display:
    'Have the host draw on another graphics card (firmware setting for the primary display, and the session on that card), and check that ssh works before this one goes.',
  framebuffer:
    'Have the host draw its console on another graphics card, and check that ssh works before this one goes.',
  input:
    'Plug the keyboard and mouse of the host into a port of another USB controller, or give away another controller.',
  sound: 'Stop what plays or records on it, such as the sound server of a session.',
}
