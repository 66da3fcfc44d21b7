import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction } from '../../src/rules/pci.ts'
import { codeNamed, raiseBy } from '../../src/rules/raise.ts'

const CODES = {
  'guest-device-taken': [
    'l-inuse',
    'l-inuse2',
    'l-inactive',
    'l-net-inuse',
    'l-nvme',
    'l-detach-active',
    'l-reattach-active',
    'l-reset-notactive',
    'pve-inuse',
    'pve-reserved',
    'pve-nofree',
  ],
  'guest-device-twice': ['q-already-attached', 'q-already-attached-old', 'pve-assigned-twice', 'l-dup-hostdev'],
  'guest-bridge-refused': ['l-nonendpoint', 'q-pcie-type', 'l-reset-endpoint'],
  'guest-unmanaged': ['l-unmanaged'],
  'guest-switch-no-acs': ['l-acs', 'l-notassignable'],
  'guest-mapping-stale': ['pve-mapping', 'pve-mapping-bad', 'pve-either'],
  'guest-group-split': ['q-multi-as', 'q-ramdiscard-group'],
} as const

type Code = keyof typeof CODES | 'guest-parent-unfound'

export const check: AnyCheck = defineCheck({
  id: 'guest-conflicts',
  area: 'guest',
  title: 'No VMM refused a device for who else has it, or for what it is',
  needs: ['messages'],
  uses: ['pci', 'environment'],
  problems: {
    'guest-device-taken': {
      severity: 'fail',
      family: 'guest-config',
      title: '{who} already belongs to another guest',
      summary:
        'A device, and every other device of its IOMMU group, can be in one running guest at a time. The message names the guest that has it, or that is just starting with it.',
      proof: 'The message of libvirt or Proxmox that the device is in use or reserved.',
      ruledOut: 'No other guest that runs with a device of this group.',
      explains: ['guest-start-failed', 'group-busy', 'device-open-busy'],
      remedy: [
        { do: 'change-guest', say: 'Stop the other guest, or give each guest devices of groups of its own.' },
        { do: 'show', what: 'iommu-groups' },
      ],
      blocks: 'machine',
      sources: ['libvirt src/hypervisor/virhostdev.c', 'PVE/QemuServer/PCI.pm: reserve_pci_usage'],
    },
    'guest-device-twice': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest is given {who} twice',
      summary:
        'The same function appears in two entries of the definition. In Proxmox an entry without a function number stands for all functions of the slot, so a second entry for one of them is a repetition.',
      proof: 'The message of the VMM that the device is assigned already.',
      ruledOut: 'One entry for each function.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'change-guest', say: 'Remove one of the two entries.' }],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/container-legacy.c', 'PVE/QemuServer/PCI.pm', 'libvirt src/conf/domain_validate.c'],
    },
    'guest-bridge-refused': {
      severity: 'fail',
      family: 'bridge-in-group',
      title: 'The guest is given a bridge, which cannot be passed through',
      summary:
        'Only endpoints can be given to a guest. A bridge or port that shares the group stays with the host, on its own driver; the group is viable with it.',
      proof: 'The message of libvirt or QEMU that the device is no endpoint.',
      ruledOut: 'Header type 0 of every device that the guest gets.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'change-guest', say: 'Remove the entry of the bridge; keep the devices behind it.' }],
      blocks: 'machine',
      sources: ['libvirt src/hypervisor/virhostdev.c', 'QEMU hw/vfio/pci.c: vfio_setup_pcie_cap'],
    },
    'guest-unmanaged': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: '{who} is marked as unmanaged, and still on its host driver',
      summary:
        'With managed="no" libvirt leaves the binding to you, and the device was not on vfio-pci when the guest started. With managed="yes" libvirt takes it from its driver and gives it back afterwards.',
      proof: 'The message of libvirt that the device must be detached from the host.',
      ruledOut: 'The device on a VFIO driver, or managed="yes".',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Let libvirt bind the device.',
          xml: "<hostdev mode='subsystem' type='pci' managed='yes'>",
        },
        { do: 'bind-now', addresses: '{address}' },
      ],
      sources: ['libvirt src/hypervisor/virhostdev.c: virHostdevPreparePCIDevicesImpl'],
    },
    'guest-switch-no-acs': {
      severity: 'fail',
      family: 'acs-missing',
      title: '{who} sits below a switch or port without ACS',
      summary:
        'Devices below a port without ACS can reach each other without passing the IOMMU, so they count as one. libvirt asks this only for the old assignment without VFIO; with VFIO the groups of the kernel decide.',
      proof:
        'The message of libvirt that names ACS, or, on a host without Xen, the one that the device is not assignable.',
      ruledOut: 'An assignment through VFIO with a group of its own, or a device on a root bus.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'change-guest', say: 'Use the VFIO driver.', xml: "<driver name='vfio'/>" },
        { do: 'move-card', address: '{address}' },
      ],
      blocks: 'machine',
      sources: ['libvirt src/util/virpci.c: virPCIDeviceIsBehindSwitchLackingACS'],
    },
    'guest-parent-unfound': {
      severity: 'fail',
      family: 'software-bug',
      title: 'libvirt does not find the bridge above {who}, and does not assign it',
      summary:
        'Before an assignment without VFIO, as under Xen, libvirt goes up from the device to bus 00. Newer machines, and those with several sockets, have devices on further root buses (80, say): nothing is above them, libvirt takes that for an error, and calls the device not assignable. For Xen it does not insist on ACS, so nothing else leads to this message there, save a bridge whose configuration cannot be read.',
      proof:
        'The message of libvirt for a device that hangs on a root bus other than 00, or on a host that runs Xen, and none that names ACS.',
      ruledOut: 'The message that names ACS, or an assignment through VFIO, which does not ask.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'upgrade', what: 'libvirt' },
        { do: 'advise', say: 'Qubes OS has a libvirt of its own that knows several root buses, from 2026 on.' },
      ],
      blocks: 'machine',
      sources: [
        'libvirt src/util/virpci.c: virPCIDeviceIsBehindSwitchLackingACS, virPCIDeviceIsAssignable',
        'QubesOS qubes-core-libvirt, pull request 51',
      ],
    },
    'guest-mapping-stale': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The device mapping of the guest does not fit this host',
      summary:
        'A mapping of Proxmox names the device by address, ids and group on each node. There is none for this node, or the hardware is no longer what the mapping says: a card was moved, or the groups changed with a kernel or firmware.',
      proof: 'The message of Proxmox.',
      ruledOut: 'A mapping that agrees with the devices of this node.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Open the mapping under Datacenter, Resource Mappings, and select the device again on this node.',
        },
        { do: 'show', what: 'lspci' },
      ],
      blocks: 'machine',
      sources: ['PVE/QemuServer/PCI.pm', 'PVE/Mapping/PCI.pm: assert_valid'],
    },
    'guest-group-split': {
      severity: 'fail',
      family: 'guest-config',
      title: 'Devices of one host group were placed apart in the guest',
      summary:
        'All devices of an IOMMU group share one address space. Behind a virtual IOMMU each guest device gets its own, unless the devices of the group sit behind one conventional PCI bridge of the guest.',
      proof: 'The message of QEMU that a group is used in several address spaces, or with unlike settings.',
      ruledOut: 'No virtual IOMMU in the guest, or one device of the group in it.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Put the devices of the group behind one PCIe-to-PCI bridge of the guest, or leave the virtual IOMMU out.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/container-legacy.c: vfio_group_get', 'QEMU docs/bypass-iommu.txt'],
    },
  },
  judge(facts) {
    const named = new Set(messagesWith(facts.messages, 'l-acs').map((hit) => hit.device))
    const xen = valueOf(facts.environment)?.xenDom0 === true
    const pci = valueOf(facts.pci)
    const above = (address: string): string | null | undefined => {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      return fn === undefined ? undefined : valueOf(fn.parent)
    }
    const pick = (hit: MessageHit): Code | undefined => {
      if (hit.id !== 'l-notassignable' || hit.device === null || named.has(hit.device))
        return codeNamed<keyof typeof CODES>(hit.id, CODES)
      const parent = above(hit.device)
      const apart = parent === null && hit.device.split(':').at(-2) !== '00'
      // Qubes OS names the log of the driver for Xen behind it.
      return apart || xen || hit.text.includes('libxl') ? 'guest-parent-unfound' : 'guest-switch-no-acs'
    }
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const address = hit.values?.['address'] ?? ''
      if (hit.code === 'guest-parent-unfound') return above(address) === null ? hit : { ...hit, confidence: 'likely' }
      return hit.code === 'guest-switch-no-acs' && !named.has(address) ? { ...hit, confidence: 'possible' } : hit
    })
    return concludeOutput(hits, 'no output of a VMM speaks of a device that another guest has, or that is no endpoint')
  },
})
