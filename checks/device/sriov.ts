import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { unlessHeld } from '../../src/rules/held-by-guest.ts'
import { findFunction, onHostDriver, onVfio, sysfs } from '../../src/rules/pci.ts'
import { raise, raiseBy } from '../../src/rules/raise.ts'
import { judgeCounts, overcome, refusalOf, unlessAsked, type Refusal } from '../../src/rules/sriov-answers.ts'

const CODES = {
  'sriov-no-room': ['pci-iov-nommio', 'pci-iov-bars', 'sh-numvfs-enomem'],
  'sriov-bus-range': ['pci-iov-busnr', 'pci-iov-busnr-old'],
  'sriov-no-driver': ['pci-iov-nodriver'],
  'sriov-count-busy': ['pci-iov-already', 'pci-iov-assigned', 'sh-numvfs-ebusy'],
  'sriov-too-many': ['sh-numvfs-erange', 'pci-iov-fewer'],
  'sriov-token': ['vfio-vftoken-needed', 'vfio-vftoken-wrong', 'vfio-vftoken-unneeded', 'vfio-vftoken-nonsriov'],
  'sriov-vf-on-other-driver': ['vfio-vf-other-driver'],
  'sriov-network-interface': ['l-pf-noname', 'l-vf-only', 'l-nonetdev', 'l-vlan', 'l-vf-mac', 'l-vf-mac-old'],
} as const

type Code = keyof typeof CODES | Refusal | 'sriov-pf-with-vfs'

const SOURCES = ['drivers/pci/iov.c'] as const

export const check: AnyCheck = defineCheck({
  id: 'sriov',
  area: 'device',
  title: 'Virtual functions can be made and handed over',
  needs: [],
  uses: ['messages', 'pci', 'attempts', 'guests'],
  problems: {
    'sriov-no-room': {
      severity: 'fail',
      family: 'sriov',
      title: '{who} has no memory addresses for its virtual functions',
      summary:
        'Firmware reserved no room for the BARs of the virtual functions. SR-IOV and addresses above 4 GiB are switches in firmware; failing these, the kernel can lay the bus out anew.',
      proof:
        'The kernel line about missing resources for SR-IOV, or "Cannot allocate memory" in answer to the number of functions.',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['bar-no-space', 'host-device-missing', 'sysfs-write-refused', 'sriov-driver-refused'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
        { do: 'set-kernel-parameter', parameter: 'pci=realloc' },
      ],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_enable'],
    },
    'sriov-bus-range': {
      severity: 'fail',
      family: 'sriov',
      title: 'The virtual functions of {who} need bus numbers that its port does not have',
      summary:
        'More functions than fit on one bus spill over to the next number, and firmware gave the port above only one. Fewer functions, or ARI on the port, make it fit.',
      proof: 'The kernel line "bus … out of range".',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['host-device-missing', 'sriov-driver-refused'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
        { do: 'set-kernel-parameter', parameter: 'pci=assign-busses' },
      ],
      blocks: 'machine',
      sources: [
        'drivers/pci/iov.c: sriov_enable',
        'Documentation/admin-guide/kernel-parameters.txt: pci=assign-busses',
      ],
    },
    'sriov-no-driver': {
      severity: 'fail',
      family: 'sriov',
      title: '{who} is on no driver that makes virtual functions',
      summary:
        'The number of virtual functions is set by the driver of the physical function. There is none on it, or one that cannot do so: vfio-pci only when it was loaded with enable_sriov=1.',
      proof: 'The kernel line, or "No such file or directory" in answer to a write to sriov_numvfs.',
      ruledOut: 'The vendor driver on the physical function.',
      explains: ['host-device-missing', 'sysfs-write-refused'],
      remedy: [{ do: 'return-to-host', addresses: '{address}' }],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_numvfs_store', 'drivers/vfio/pci/vfio_pci.c: enable_sriov'],
    },
    'sriov-driver-cannot': {
      severity: 'fail',
      family: 'sriov',
      title: '{driver}, the driver of {who}, makes no virtual functions when sriov_numvfs asks for them',
      summary:
        'A driver must bring that ability along, and this one of this kernel does not. Some take the number as an option when they load (mlx4_core: num_vfs), some have it only in newer kernels or in a version from the maker (i915 and xe: not all graphics chips), some not at all.',
      proof: 'The kernel line, or "No such file or directory" from the write itself, with a driver of the host on it.',
      ruledOut: 'Virtual functions on the bus.',
      explains: ['host-device-missing', 'virtual-function-gone', 'sysfs-write-refused', 'sriov-no-driver'],
      remedy: [
        {
          do: 'advise',
          say: 'Look in the parameters of the driver (modinfo {driver}) for a number of virtual functions; else take a kernel or a version of the driver that can do it.',
        },
        { do: 'upgrade', what: 'kernel' },
      ],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_numvfs_store', 'drivers/net/ethernet/mellanox/mlx4/main.c: num_vfs'],
    },
    'sriov-count-busy': {
      severity: 'warn',
      family: 'sriov',
      title: 'The number of virtual functions of {who} cannot be changed while there are some',
      summary: 'Set it to 0 first, with all guests that use them stopped, and then to the new number.',
      proof: 'The kernel line, or "Device or resource busy" in answer to the number.',
      ruledOut: 'sriov_numvfs is 0.',
      explains: ['sysfs-write-refused'],
      remedy: [{ do: 'set-vf-count', address: '{address}', count: '0' }],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_numvfs_store'],
    },
    'sriov-too-many': {
      severity: 'warn',
      family: 'sriov',
      title: '{who} cannot make so many virtual functions',
      summary: 'sriov_totalvfs is the most that the device offers; the firmware of the device may set it.',
      proof: 'The answer "Numerical result out of range", or the kernel line that fewer are on.',
      ruledOut: 'A number at or below sriov_totalvfs.',
      explains: ['sysfs-write-refused'],
      remedy: [{ do: 'advise', say: 'Ask for at most the number that sriov_totalvfs of the device shows.' }],
      blocks: 'machine',
      sources: ['drivers/pci/iov.c: sriov_numvfs_store'],
    },
    'sriov-token': {
      severity: 'fail',
      family: 'sriov',
      title: 'The VF token for {who} is missing or does not fit',
      summary:
        'When the physical function is on vfio-pci too, whoever opens it or one of its virtual functions must name the same secret. Without vfio-pci on the physical function no token must be given.',
      proof: 'The kernel line about the VF token.',
      ruledOut: 'The physical function on its own driver, and no token given.',
      explains: ['device-open-denied', 'device-open-refused', 'guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Put the physical function back on its own driver, or give the same token (a UUID) to all users of it.',
        },
      ],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_validate_vf_token'],
    },
    'sriov-vf-on-other-driver': {
      severity: 'warn',
      family: 'sriov',
      title: 'A virtual function of {who} went to another driver than vfio-pci',
      summary:
        'The physical function is on vfio-pci, so its virtual functions are meant for guests, and a driver of the host took one.',
      proof: 'The kernel line.',
      ruledOut: 'The virtual function on vfio-pci.',
      remedy: [{ do: 'show', what: 'lspci' }],
      blocks: 'machine',
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_bus_notifier'],
    },
    'sriov-network-interface': {
      severity: 'fail',
      family: 'sriov',
      title: 'libvirt cannot set the virtual function up as a network interface',
      summary:
        'An interface of type hostdev gets its address and VLAN through the physical function, which must be on its network driver and have an interface. InfiniBand has no such addresses, so there it always fails. A plain hostdev element does without.',
      proof: 'The message of libvirt.',
      ruledOut: 'A network interface on the physical function.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Use a plain hostdev element, or leave the physical function on its network driver.',
          xml: "<hostdev mode='subsystem' type='pci' managed='yes'>",
        },
      ],
      blocks: 'machine',
      sources: ['libvirt src/util/virpci.c', 'libvirt src/util/virnetdev.c', 'libvirt src/hypervisor/virhostdev.c'],
    },
    'sriov-pf-with-vfs': {
      severity: 'fail',
      family: 'sriov',
      title: '{who} is to be passed through and has {count} virtual functions',
      summary:
        'vfio-pci does not take a physical function while it has virtual functions. Give these away in its place, or switch them off first.',
      proof: 'sriov_numvfs above 0 on a candidate that is not on a VFIO driver.',
      ruledOut: 'sriov_numvfs is 0.',
      explains: ['probe-ebusy-sriov'],
      remedy: [
        { do: 'set-vf-count', address: '{address}', count: '0' },
        { do: 'bind-now', addresses: '{address}' },
      ],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device'],
    },
    'sriov-not-offered': {
      severity: 'fail',
      family: 'sriov',
      title: '{who} offers no virtual functions',
      summary:
        'Somebody asked it for some. Either the device cannot do it, or SR-IOV is off in its own firmware or in that of the host; a path with a wrong name ends the same way.',
      proof: 'No sriov_totalvfs or sriov_numvfs attribute, or 0 in it, and an attempt to set the number.',
      ruledOut: 'sriov_totalvfs above 0.',
      explains: ['host-device-missing', 'sysfs-write-refused'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'sr-iov' },
        { do: 'advise', say: 'Many network cards have a switch of their own in their configuration tool.' },
      ],
      blocks: 'machine',
      sources: ['Documentation/ABI/testing/sysfs-bus-pci: sriov_totalvfs', ...SOURCES],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const hits: Hit<Code>[] = [
      ...raise<keyof typeof CODES>(facts.messages, CODES),
      ...raiseBy<Refusal>(facts.messages, refusalOf),
    ]
      .filter((hit) => !overcome(hit, pci))
      .map((hit) => (hit.code === 'sriov-token' ? unlessHeld(hit, facts) : unlessAsked(hit, facts.pci, scope)))
    const seen: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      const count = fn === undefined ? undefined : valueOf(fn.sriovNumVfs)
      if (fn === undefined || count === undefined || count === null) continue
      seen.push(`${address}: ${count}`)
      if (count > 0 && onVfio(fn) === false && (onHostDriver(fn) === true || valueOf(fn.driver) === null))
        hits.push({
          code: 'sriov-pf-with-vfs',
          subject: { kind: 'device', address },
          values: { address, who: address, count: String(count) },
          evidence: [{ source: sysfs(address, 'sriov_numvfs'), saw: String(count), wanted: '0' }],
        })
    }
    hits.push(...judgeCounts(facts.attempts, pci, hits))
    if (hits.length === 0 && seen.length > 0)
      return { kind: 'pass', evidence: [{ source: '/sys/bus/pci/devices/*/sriov_numvfs', saw: seen.join(', ') }] }
    return concludeOutput(hits, 'nothing that was read is about virtual functions')
  },
})
