import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { firstOfSlot } from '../../src/rules/address.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { aboutPart } from '../../src/rules/mediated.ts'
import { findFunction, idOf } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'
import { emptyParent } from '../../src/rules/topology.ts'

type Code =
  | 'host-device-missing'
  | 'virtual-function-gone'
  | 'node-device-misspelt'
  | 'device-open-not-bound'
  | 'device-open-denied'
  | 'device-open-busy'
  | 'device-open-refused'
  | 'device-access-failed'

const SOURCES = [
  'QEMU hw/vfio/container-legacy.c: vfio_get_device',
  'drivers/vfio/group.c: vfio_group_ioctl_get_device_fd',
] as const
const GONE = ['q-no-host-device', 'l-nodev', 'pve-notfound', 'pve-noinfo', 'l-hostdev-gone']
const BROKEN = [
  'q-device-info',
  'q-config-read',
  'q-config-read-old',
  'q-cfg-read',
  'q-cfg-write',
  'q-bar-read',
  'q-bar-reset',
]

export const check: AnyCheck = defineCheck({
  id: 'device-open',
  area: 'guest',
  title: 'The VMM could open each device and read it',
  needs: ['messages'],
  uses: ['pci'],
  problems: {
    'host-device-missing': {
      severity: 'fail',
      family: 'device-unreachable',
      title: '{who} does not exist on this host',
      summary:
        'The guest names an address at which no device answers. Bus numbers move when a card is added or removed or a slot is switched in firmware; a virtual function is gone until it is made again; a device can also have fallen off the bus.',
      proof: 'The VMM found no directory of that address in sysfs.',
      ruledOut: 'The directory of that address.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'lspci' },
        { do: 'change-guest', say: 'Give the guest the address that the device has now.' },
      ],
      sources: [
        'QEMU hw/vfio/pci.c: vfio_realize',
        'libvirt src/util/virpci.c: virPCIDeviceNew',
        'PVE/QemuServer/PCI.pm',
      ],
    },
    'virtual-function-gone': {
      severity: 'fail',
      family: 'sriov',
      title: '{who} does not exist: {parent} has no virtual functions now',
      summary:
        'The guest names an address behind {parent}, which makes virtual functions and has none. They are gone after each start of the host and after each new start of their driver, until somebody sets their number again; that must come before the guests.',
      proof: 'No device at the address, sriov_numvfs 0 on a function of the same bus, and an address beyond it.',
      ruledOut: 'sriov_numvfs above 0, or the device at its address.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Write the number of virtual functions to sriov_numvfs of {parent} again, and have that done at each start: by a rule of udev for the physical function, by tmpfiles.d, or by a unit that runs before the guests.',
        },
        { do: 'show', what: 'lspci' },
      ],
      sources: ['drivers/pci/iov.c: sriov_enable, pci_iov_virtfn_devfn', 'Documentation/PCI/pci-iov-howto.rst'],
    },
    'node-device-misspelt': {
      severity: 'fail',
      family: 'guest-config',
      title: '{name} is no name that libvirt gives to a PCI device',
      summary:
        'libvirt names node devices with underscores throughout, as in pci_0000_01_00_0 for 0000:01:00.0, and the name is an argument of its own behind the command. Under any other name it finds none, so a hook script with such names detaches nothing.',
      proof: 'The message of virsh or libvirt, with a name of another form.',
      ruledOut: 'The name in the list of virsh nodedev-list --cap pci.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Write each name as virsh nodedev-list --cap pci shows it, with a blank before it: virsh nodedev-detach pci_0000_01_00_0',
        },
      ],
      blocks: 'machine',
      sources: ['libvirt src/node_device/node_device_udev.c: udevGenerateDeviceName', 'virsh(1): nodedev-detach'],
    },
    'device-open-not-bound': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: '{who} itself is not on vfio-pci, although its group is open',
      summary:
        'Another member of the group is on a VFIO driver, so the group opened; this device is not, so VFIO does not know it.',
      proof: 'VFIO_GROUP_GET_DEVICE_FD failed with "No such device".',
      ruledOut: 'The device on a VFIO driver.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'bind-now', addresses: '{address}' }],
      sources: SOURCES,
    },
    'device-open-denied': {
      severity: 'fail',
      family: 'sriov',
      title: 'VFIO wants a VF token for {who}',
      summary:
        'The physical function of this virtual function is on vfio-pci too. Whoever opens one of them must then name the same secret, the VF token.',
      proof: 'Opening the device failed with "Permission denied" after its group was opened.',
      ruledOut: 'The physical function on its own driver.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give the VF token of the physical function to this device too.',
          qemu: '-device vfio-pci,host=ADDRESS,vf-token=UUID',
        },
      ],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_validate_vf_token'],
    },
    'device-open-busy': {
      severity: 'fail',
      family: 'guest-config',
      title: '{who} is already open in another process',
      summary:
        'One process at a time can hold a VFIO device: another virtual machine has it, or a helper of this one still does.',
      proof: 'Opening the device failed with "Device or resource busy".',
      ruledOut: 'No process with the device open.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'stop-user', what: '{address}' }],
      sources: SOURCES,
    },
    'device-open-refused': {
      severity: 'fail',
      family: 'bar-unassigned',
      title: 'vfio-pci could not enable {who}: {error}',
      summary:
        'Opening a device powers it up, enables its memory and resets it, and one of these steps failed. The kernel log names it: a BAR without an address, a device that does not wake up, or a token that is missing.',
      proof: 'VFIO_GROUP_GET_DEVICE_FD failed with that error.',
      ruledOut: 'A later start that worked.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'lspci-verbose' },
      ],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_enable', ...SOURCES],
    },
    'device-access-failed': {
      severity: 'fail',
      family: 'device-unreachable',
      title: 'Reading or writing {who} through VFIO failed',
      summary:
        'The device was open and its configuration could not be accessed: it is asleep, hung after a reset, or off the bus.',
      proof: 'A message of QEMU that an access to the device failed.',
      ruledOut: 'A configuration space that reads plain values now.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'lspci-verbose' },
        { do: 'reset-device', address: '{address}' },
      ],
      sources: ['QEMU hw/vfio/pci.c', 'drivers/vfio/pci/vfio_pci_config.c'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const hits = raiseBy<Code>(facts.messages, pick)
      .map(atNode)
      .map(atSlot)
      .map((hit): Hit<Code> => {
        const values = { error: 'an unknown error', ...hit.values }
        const fn =
          pci === undefined || hit.subject.kind !== 'device' ? undefined : findFunction(pci, hit.subject.address)
        // A post that merely names an address shows no device there.
        const id = fn === undefined ? null : idOf(fn)
        if (hit.code === 'host-device-missing' && fn !== undefined && id !== null) {
          const evidence = { source: fn.vendorId.source, saw: `${fn.address} is there by now [${id}]` }
          return { ...hit, values, severity: 'info', evidence: [...hit.evidence, evidence] }
        }
        const parent = hit.code === 'host-device-missing' ? emptyParent(hit.values?.['address'] ?? '', pci) : undefined
        if (parent !== undefined) {
          const seen = { source: parent.sriovNumVfs.source, saw: '0', wanted: 'a number above 0' }
          const evidence: NonEmpty<Evidence> = [...hit.evidence, seen]
          const named = { ...values, parent: parent.address }
          return { ...hit, code: 'virtual-function-gone', values: named, evidence, confidence: 'likely' }
        }
        const sure = SURE.includes(hit.code)
        return {
          ...hit,
          values,
          confidence: sure ? 'certain' : hit.code === 'device-open-refused' ? 'possible' : 'likely',
        }
      })
    return concludeOutput(hits, 'no output of a VMM says that a device could not be opened')
  },
})

const SURE: readonly Code[] = ['host-device-missing', 'node-device-misspelt', 'device-open-busy']

/** `pci_0000_01_00_0`: domain, bus, slot and function (udevGenerateDeviceName in node_device_udev.c of libvirt). */
const NODE = /^pci_([0-9a-f]{4,8})_([0-9a-f]{2})_([01][0-9a-f])_([0-7])$/i

/** The device that the name of a node device stands for. */
function atNode(hit: Hit<Code>): Hit<Code> {
  const node = NODE.exec(hit.values?.['name'] ?? '')
  if (node === null || hit.subject.kind !== 'host') return hit
  const address = `${node[1]}:${node[2]}:${node[3]}.${node[4]}`.toLowerCase()
  return { ...hit, subject: { kind: 'device', address }, values: { ...hit.values, address, who: address } }
}

/** Proxmox names the slot where the guest has all of its functions. */
function atSlot(hit: Hit<Code>): Hit<Code> {
  const slot = hit.values?.['slot'] ?? ''
  const address = firstOfSlot(slot)
  if (address === null || hit.subject.kind !== 'host') return hit
  return { ...hit, subject: { kind: 'device', address }, values: { ...hit.values, address, who: slot } }
}

function pick(hit: MessageHit): Code | undefined {
  if (hit.topic === 'libvirt-no-such-node-device') {
    const name = hit.values['name'] ?? ''
    return NODE.test(name) ? 'host-device-missing' : /^pci/i.test(name) ? 'node-device-misspelt' : undefined
  }
  if (GONE.includes(hit.id)) return 'host-device-missing'
  if (aboutPart(hit)) return undefined
  if (BROKEN.includes(hit.id)) return 'device-access-failed'
  const region = hit.id === 'q-region-write' || hit.id === 'q-region-read'
  if (region && /^(?:ENODEV|EIO)$/.test(hit.values['error'] ?? '')) return 'device-access-failed'
  if (hit.topic !== 'q-device-get') return undefined
  switch (hit.values['error']) {
    case 'ENODEV':
      return 'device-open-not-bound'
    case 'EACCES':
      return 'device-open-denied'
    case 'EBUSY':
      return 'device-open-busy'
    default:
      return 'device-open-refused'
  }
}
