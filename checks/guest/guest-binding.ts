import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { findFunction, isBridge, onVfio } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'

const CODES = {
  'vmm-bind-failed': [
    'l-probe',
    'l-override',
    'l-bind-old',
    'pve-bind-group',
    'pve-bind-one',
    'lxd-not-taken',
    'lxd-probe',
    'lxd-override',
  ],
  'vmm-unbind-failed': ['l-unbind', 'nv-remove-in-use'],
  'vmm-return-failed': ['l-reattachfail'],
  'vmm-module-blacklisted': ['l-module-blacklisted'],
  'vmm-module-missing': ['l-module', 'l-module-missing', 'l-driver-missing', 'l-module-nodriver', 'pve-no-vfio-module'],
} as const

type Code = keyof typeof CODES | 'vmm-sysfs-denied'

/** Messages about a write to a file of the device or of the driver; root may open all of them. */
const WRITES: readonly string[] = [...CODES['vmm-bind-failed'], 'l-unbind']

export const check: AnyCheck = defineCheck({
  id: 'guest-binding',
  area: 'guest',
  title: 'Each device went to vfio-pci and back when libvirt or Proxmox asked for it',
  needs: ['messages'],
  uses: ['pci'],
  problems: {
    'vmm-bind-failed': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'The VMM could not hand {who} to vfio-pci',
      summary:
        'libvirt, Proxmox, LXD and Incus name the driver and then ask the kernel to probe the device; vfio-pci did not take it. Proxmox does so with every endpoint of the group. The kernel log says why vfio-pci refused.',
      proof: 'The message of libvirt, Proxmox, LXD or Incus.',
      ruledOut: 'The device on a VFIO driver now.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'kernel-log' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: [
        'libvirt src/util/virpci.c: virPCIDeviceBindWithDriverOverride',
        'PVE/SysFSTools.pm: pci_dev_bind_to_vfio',
      ],
    },
    'vmm-unbind-failed': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'The host driver did not let go of {who}',
      summary:
        'The driver of the host was asked to release the device, and did not. A graphics driver holds on while a display server, a console or a service uses the card, and whoever asked may hang until they end.',
      proof: 'The message of libvirt, or that of the NVIDIA driver about a usage count.',
      ruledOut: 'The device on a VFIO driver now.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'stop-user', what: '{address}' },
        { do: 'advise', say: 'Bind a graphics card to vfio-pci at boot, before its host driver takes it.' },
      ],
      sources: [
        'libvirt src/util/virpci.c: virPCIDeviceUnbind',
        'drivers/base/bus.c: unbind_store',
        'NVIDIA kernel-open/nvidia/nv-pci.c: nv_pci_remove_helper',
      ],
    },
    'vmm-sysfs-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'The VMM may not change the driver of {who}',
      summary:
        'A device changes hands by writes to files of sysfs, and opening one was refused, before any driver had a say. Root may write them, so something stands before root: AppArmor or SELinux, the confinement of a snap or of a container, or a VMM that does not run as root.',
      proof: 'The message of libvirt with the error "Permission denied".',
      ruledOut: 'The same write, done by root outside of the confinement, refused too.',
      explains: ['guest-start-failed', 'vmm-bind-failed', 'vmm-unbind-failed', 'security-module-denied'],
      remedy: [
        {
          do: 'advise',
          say: 'Look for a denial in the audit log (apparmor="DENIED" or avc: denied) and allow what it names in the profile of the VMM: driver_override, unbind and bind of the device, and drivers_probe. Or hand the device to vfio-pci at boot, so that the VMM need not.',
        },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: ['libvirt src/util/virpci.c: virPCIDeviceBindWithDriverOverride', 'fs/kernfs/file.c: kernfs_fop_open'],
    },
    'vmm-return-failed': {
      severity: 'info',
      family: 'host-driver-bound',
      title: 'A device could not go back to its host driver after the guest stopped',
      summary:
        'The guest is not concerned: the host just does not get the device back. Its driver may be blacklisted, or the device did not survive the reset.',
      proof: 'The message of libvirt.',
      ruledOut: 'The device on its host driver.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['libvirt src/hypervisor/virhostdev.c'],
    },
    'vmm-module-blacklisted': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'vfio-pci is blacklisted on this host',
      summary: 'libvirt loads vfio-pci itself and obeys modprobe.d, where a line blacklists it.',
      proof: 'The message of libvirt that loading is administratively prohibited.',
      ruledOut: 'No blacklist line for vfio-pci.',
      explains: ['guest-start-failed', 'vfio-pci-not-loaded'],
      remedy: [
        { do: 'show', what: 'modprobe-configuration' },
        { do: 'load-module', modules: 'vfio-pci' },
      ],
      sources: ['libvirt src/util/virpci.c: virPCIProbeDriver', 'modprobe.d(5)'],
    },
    'vmm-module-missing': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: 'The VMM could not load vfio-pci',
      summary:
        'modprobe did not bring the module, or loading it registered no driver: the running kernel has no such module on disk, was replaced by an update, or an install line in modprobe.d stands in for it.',
      proof: 'The message of libvirt or Proxmox.',
      ruledOut: '/sys/bus/pci/drivers/vfio-pci.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'load-module', modules: 'vfio-pci' },
        { do: 'install-kernel-modules', modules: 'vfio-pci' },
      ],
      sources: ['libvirt src/util/virpci.c', 'PVE/SysFSTools.pm: check_iommu_support'],
    },
  },
  judge(facts) {
    const pci = valueOf(facts.pci)
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const fn = hit.subject.kind === 'device' && pci !== undefined ? findFunction(pci, hit.subject.address) : undefined
      // A bridge is refused and not needed; the check of bridges says what to give in its place.
      const over = fn !== undefined && (onVfio(fn) === true || isBridge(fn) === true)
      return over ? { ...hit, severity: 'info' } : hit
    })
    return concludeOutput(hits, 'no output of libvirt or Proxmox says that a device could not be handed over')
  },
})

function pick(hit: MessageHit): Code | undefined {
  if (WRITES.includes(hit.id) && hit.values['error'] === 'EACCES') return 'vmm-sysfs-denied'
  for (const code in CODES) {
    const known = code as keyof typeof CODES
    if ((CODES[known] as readonly string[]).includes(hit.id)) return known
  }
  return undefined
}
