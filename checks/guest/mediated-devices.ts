import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Action } from '../../src/model/remedy.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { aboutPart } from '../../src/rules/mediated.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'

const CODES = {
  'guest-mdev-unavailable': ['pve-mdev-mf', 'pve-mdev-none', 'pve-mdev-noinst'],
  'guest-mdev-not-made': ['l-mdev-missing'],
  'guest-mdev-without-group': ['l-mdev-no-group'],
  'gvt-not-for-this-graphics': ['gvt-unsupported'],
} as const

type Code = keyof typeof CODES | 'guest-mdev-refused' | 'guest-mdev-node-unseen'

const REFUSED = ['q-device-get', 'q-device-info', 'q-config-read', 'q-cfg-read', 'q-cfg-write']

/** vfio_mdev went in 5.19: since then the driver that makes a part hands it to VFIO itself. */
const WITHOUT_VFIO_MDEV = [5, 19] as const

const HOST_DRIVER: Action = {
  do: 'advise',
  say: 'Install the host driver of the vendor that makes such parts, leave the device on it, or pick another type.',
}

export const check: AnyCheck = defineCheck({
  id: 'mediated-devices',
  area: 'guest',
  title: 'Each part of a split device (mdev, vGPU) was there for its guest',
  needs: ['messages'],
  uses: ['kernel', 'pci'],
  problems: {
    'guest-mdev-unavailable': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The device cannot be split for this guest (mediated device)',
      summary:
        'The guest asks for a part of the device. Parts are made by a host driver of the vendor: it must be loaded, the device must stay on it and not go to vfio-pci, and a part of this size must still be free.',
      proof: 'The message of Proxmox.',
      ruledOut: 'The type under mdev_supported_types with free instances.',
      explains: ['guest-start-failed'],
      remedy: [HOST_DRIVER],
      blocks: 'machine',
      sources: ['Documentation/driver-api/vfio-mediated-device.rst', 'PVE/SysFSTools.pm: pci_create_mdev_device'],
    },
    'gvt-not-for-this-graphics': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'GVT-g does not know this graphics, so i915.enable_gvt=1 has no effect',
      summary:
        'GVT-g splits the graphics of Broadwell to Comet Lake (Core of the fifth to the tenth generation, without Ice Lake) and nothing else, so there are no types to choose from. From the twelfth generation on the graphics may be split by virtual functions (SR-IOV) with a driver that does so; or a guest gets it whole.',
      proof: 'The line of i915 that GVT-g is disabled on an unsupported device.',
      ruledOut: 'A directory mdev_supported_types of the graphics device.',
      explains: ['guest-mdev-unavailable', 'guest-mdev-not-made', 'guest-start-failed'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: 'i915.enable_gvt=1' }],
      blocks: 'machine',
      sources: ['drivers/gpu/drm/i915/intel_gvt.c: is_supported_device'],
    },
    'guest-mdev-not-made': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The part of a device that the guest names does not exist now',
      summary:
        'Parts of a device (mdev) are gone after each restart of the host and must be made again, with the same UUID, before the guest starts. A part that is only defined, and not started, is not there either.',
      proof: 'The message of libvirt that the mediated device was not found.',
      ruledOut: 'A directory with that UUID in /sys/bus/mdev/devices.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Start it (mdevctl list --defined shows what is defined, mdevctl start -u UUID starts it), and have it started at each boot: mdevctl modify -u UUID --auto.',
        },
      ],
      blocks: 'machine',
      sources: [
        'libvirt src/util/virmdev.c: virMediatedDeviceNew',
        'Documentation/driver-api/vfio-mediated-device.rst',
      ],
    },
    'guest-mdev-without-group': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'The part of a device that the guest names is there, and VFIO has not taken it',
      summary:
        'A part of a device (mdev) gets its group when a driver takes it. Before Linux 5.19 that is the module vfio_mdev, which nothing loads by itself on some distributions; since then it is the driver that makes the part, so the kernel log tells why it did not.',
      proof: 'The message of libvirt that the iommu_group of the mediated device is not there.',
      ruledOut: 'A link iommu_group in /sys/bus/mdev/devices/UUID.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'load-module', modules: 'vfio_mdev vfio_iommu_type1' },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['drivers/vfio/mdev/mdev_driver.c: mdev_probe', 'libvirt src/util/virmdev.c'],
    },
    'guest-mdev-refused': {
      severity: 'fail',
      family: 'outside-host',
      title: 'The driver that made the part of the device does not let a guest use it: {error}',
      summary:
        'The part (mdev) and its group are there. What refused to open or to read it is the vendor driver of the host, not the bus: its own log names the reason, for example a type that does not go with those in use on the same card, a missing licence, or a version that does not fit.',
      proof: 'VFIO_GROUP_GET_DEVICE_FD, or an access to the device, failed for one with a UUID in place of an address.',
      ruledOut: 'A later start that worked.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'advise', say: 'Read the log of the vendor driver of that moment, and of its manager if it has one.' },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: [
        'QEMU hw/vfio/container-legacy.c: vfio_device_get',
        'Documentation/driver-api/vfio-mediated-device.rst',
      ],
    },
    'guest-mdev-node-unseen': {
      severity: 'warn',
      family: 'permissions',
      title: 'QEMU did not see the VFIO node of the part of a device that the guest names',
      summary:
        'The part (mdev) has a group, so the node /dev/vfio/{group} comes with the driver that takes the part. If the host has it, it was hidden from QEMU: libvirt shows a guest only the nodes of the devices that its definition names, not of one in an argument passed through to QEMU, and a container shows only what it was given.',
      proof: 'Opening the node of the group gave "No such file or directory" for a device with a UUID.',
      ruledOut: 'The node, seen from where QEMU runs.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'vfio-nodes' },
        {
          do: 'change-guest',
          say: 'With libvirt, name the part as a host device of the guest.',
          xml: "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='UUID'/></source></hostdev>",
        },
      ],
      blocks: 'machine',
      sources: ['libvirt src/qemu/qemu_namespace.c', 'drivers/vfio/group.c: vfio_create_group'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const newer = atLeast(facts.kernel, ...WITHOUT_VFIO_MDEV) === true
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const values = { error: 'an unknown error', group: 'GROUP_ID', ...hit.values }
      // Nothing makes parts of a device that vfio-pci has.
      const address = hit.subject.kind === 'device' ? hit.subject.address : ''
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      if (hit.code === 'guest-mdev-unavailable' && fn !== undefined && onVfio(fn) === true)
        return { ...hit, values, remedy: [{ do: 'return-to-host', addresses: address }, HOST_DRIVER] }
      return hit.code === 'guest-mdev-without-group' && newer
        ? { ...hit, values, remedy: [{ do: 'show', what: 'kernel-log' }] }
        : { ...hit, values }
    })
    return concludeOutput(hits, 'no VMM complains about a part of a device')
  },
})

function pick(hit: MessageHit): Code | undefined {
  if (aboutPart(hit)) {
    if (hit.topic === 'group-node-not-opened' && hit.values['error'] === 'ENOENT') return 'guest-mdev-node-unseen'
    if (REFUSED.includes(hit.id)) return 'guest-mdev-refused'
  }
  for (const code in CODES) {
    const known = code as keyof typeof CODES
    if ((CODES[known] as readonly string[]).includes(hit.id)) return known
  }
  return undefined
}
