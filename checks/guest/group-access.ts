import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { Facts } from '../../src/model/machine.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { groupOf, viability } from '../../src/rules/groups.ts'
import { aboutPart } from '../../src/rules/mediated.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { heldBeside, onlyTorn } from '../../src/rules/held-beside.ts'
import { describe, findFunction, sysfs } from '../../src/rules/pci.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code =
  | 'guest-start-no-group'
  | 'guest-start-not-viable'
  | 'group-node-missing'
  | 'group-node-denied'
  | 'group-node-filtered'
  | 'group-busy'
  | 'vfio-node-missing'
  | 'vfio-node-denied'

const CONTAINER = ['q-open-vfio-vfio', 'q-could-not-open-vfio', 'rv-open-container']
const NO_GROUP = [
  'q-no-iommu-group',
  'q-no-iommu-group-old',
  'pve-open-group',
  'pve-no-iommu',
  'kimchi-no-groups',
  'pve-ui-no-iommu',
  'hv-no-group',
  'l-nopass',
  'l-backend-default',
  'l-novfio',
  'l-vfio-driver',
  'l-vfio-driver-typo',
  'l-kvm-driver',
]
const SOURCES = ['QEMU hw/vfio/container-legacy.c', 'drivers/vfio/group.c: vfio_group_fops_open'] as const

export const check: AnyCheck = defineCheck({
  id: 'group-access',
  area: 'guest',
  title: 'The VMM found and opened the IOMMU group of each device',
  needs: ['messages'],
  uses: ['pci', 'groups', 'kernel'],
  problems: {
    'guest-start-no-group': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The VMM found no IOMMU group for {who}',
      summary:
        'VFIO hands over IOMMU groups, and there was none. Either firmware offers no IOMMU, the kernel leaves it off, or no IOMMU covers this device; the ACPI tables and the groups of the other devices tell which.',
      proof: 'The message of QEMU, libvirt or Proxmox that there is no IOMMU or no group.',
      ruledOut: 'An iommu_group link of the device.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'acpi-tables' },
        { do: 'show', what: 'kernel-command-line' },
        { do: 'show', what: 'iommu-groups' },
      ],
      sources: [
        'QEMU hw/vfio/container-legacy.c: vfio_device_get_groupid',
        'libvirt src/util/virhostdev.c',
        'PVE/SysFSTools.pm',
      ],
    },
    'guest-start-not-viable': {
      severity: 'fail',
      family: 'group-not-viable',
      title: 'The group of {who} is not viable: {what} on a host driver',
      summary:
        'VFIO takes a group whole or not at all. Another endpoint of this group was still on a driver of the host when the guest started; it must go to vfio-pci or to no driver. Bridges stay where they are.{card}',
      proof: 'QEMU said that the group is not viable: the kernel decided so at that moment.',
      ruledOut: 'Every endpoint of the group on a VFIO driver or without one now.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'show', what: 'iommu-groups', group: '{group}' },
        { do: 'show', what: 'lspci' },
      ],
      sources: ['QEMU hw/vfio/container-legacy.c: vfio_group_get', 'drivers/vfio/group.c: vfio_group_ioctl_get_status'],
    },
    'group-node-missing': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'There was no VFIO node for {who}: it is not on vfio-pci',
      summary:
        'The node of a group exists only while a device of the group is on a VFIO driver. None was when the guest started. In a container the node may also be there and hidden.',
      proof: 'Opening the node under /dev/vfio gave "No such file or directory".',
      ruledOut: 'The node, and the device on a VFIO driver.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'bind-now', addresses: '{address}' },
        { do: 'show', what: 'vfio-nodes' },
      ],
      sources: SOURCES,
    },
    'group-node-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'The VMM may not open the VFIO node of {who}',
      summary:
        'Group nodes belong to root alone unless a rule gives them away. QEMU ran as a user or under a security module that may not open it.',
      proof: 'Opening the node under /dev/vfio gave "Permission denied".',
      ruledOut: 'Owner and mode of the node that let this user in, and no denial in the audit log.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'grant-group-node', group: '{group}' },
        { do: 'show', what: 'vfio-nodes' },
      ],
      sources: ['Documentation/driver-api/vfio.rst', ...SOURCES],
    },
    'group-node-filtered': {
      severity: 'fail',
      family: 'permissions',
      title: 'A device filter keeps the VMM from the VFIO node of {who}',
      summary:
        'This is not the mode of the node, which gives "Permission denied": the control group of the VMM lists the devices that it may open, as for a container, a pod or a unit, and this node is not on that list. A node that came after the container started is not either.',
      proof: 'Opening the node under /dev/vfio gave "Operation not permitted".',
      ruledOut: 'The VMM outside of any control group with a device filter, as root.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Let the control group have /dev/vfio/vfio and the node that the line names, and start the container or unit anew. LXC: lxc.cgroup2.devices.allow with the major number of the node, and a mount of it; Docker and Podman: --device for both; systemd: DeviceAllow=; libvirt: cgroup_device_acl in /etc/libvirt/qemu.conf; Kata: sandbox_cgroup_only=false.',
        },
        { do: 'show', what: 'vfio-nodes' },
      ],
      sources: ['security/device_cgroup.c: devcgroup_check_permission', ...SOURCES],
    },
    'group-busy': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The IOMMU group of {who} is already open in another process',
      summary:
        'A group can be held by one process at a time: mostly another virtual machine that has a device of the same group, or the same machine started twice.',
      proof: 'Opening the node under /dev/vfio gave "Device or resource busy".',
      ruledOut: 'No other process with the node open.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'stop-user', what: 'the process that has /dev/vfio/{group} open' }],
      sources: SOURCES,
    },
    'vfio-node-missing': {
      severity: 'fail',
      family: 'vfio-module-missing',
      title: '/dev/vfio/vfio could not be opened: VFIO is not there',
      summary:
        'This node comes with the vfio module. Either the module is not loaded or not built for this kernel, or the VMM runs where the node was not passed in.',
      proof: 'Opening /dev/vfio/vfio failed, and not for want of permission.',
      ruledOut: 'The node, seen from where the VMM runs.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'load-module', modules: 'vfio-pci' },
        { do: 'show', what: 'loaded-modules' },
      ],
      sources: ['drivers/vfio/container.c: vfio_container_init', 'QEMU hw/vfio/container-legacy.c'],
    },
    'vfio-node-denied': {
      severity: 'fail',
      family: 'permissions',
      title: 'The VMM may not open /dev/vfio/vfio',
      summary:
        'The kernel makes this node open to everybody, so a device filter of a cgroup, a container or a security module stands before it, or somebody changed its mode.',
      proof: 'Opening /dev/vfio/vfio gave "Permission denied" or "Operation not permitted".',
      ruledOut: 'Mode 0666, and no filter around the VMM.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'show', what: 'vfio-nodes' }],
      sources: ['drivers/vfio/container.c: vfio_dev (mode 0666)'],
    },
  },
  judge(facts) {
    const spoken = messagesWith(facts.messages, 'q-not-viable').length > 0
    const hits = raiseBy<Code>(facts.messages, (hit) => pick(hit, spoken)).map((hit): Hit<Code> => {
      const node = /\/dev\/vfio\/(\d+)/.exec(hit.values?.['line'] ?? '')?.[1]
      const group = node ?? hit.values?.['group'] ?? 'GROUP_ID'
      const named = { ...hit, values: { ...hit.values, group, what: 'something else in it is', card: '' } }
      if (over(hit, facts)) return { ...named, severity: 'info' }
      if (hit.code === 'guest-start-not-viable') return withCard(named, facts)
      return hit.code === 'guest-start-no-group' || hit.code === 'vfio-node-missing'
        ? { ...named, confidence: 'likely' }
        : named
    })
    return concludeOutput(hits, 'no output of QEMU, libvirt or Proxmox says anything about groups')
  },
})

/** Functions of one card share a group unless they have ACS, which few have (pci_acs_enabled in drivers/pci/pci.c). */
function withCard(hit: Hit<Code>, facts: Pick<Facts, 'pci'>): Hit<Code> {
  const pci = valueOf(facts.pci)
  if (pci === undefined) return hit
  const { subject } = hit
  const fn = subject.kind === 'device' ? findFunction(pci, subject.address) : onlyTorn(pci)
  const held = fn === undefined ? [] : heldBeside(fn, pci)
  if (fn === undefined || held.length === 0) return hit
  const names = held.map((one) => `${one.address} (${describe(one)})`).join(', ')
  const seen = held.map((one): Evidence => ({
    source: sysfs(one.address, 'driver'),
    saw: valueOf(one.driver) ?? 'a driver',
    wanted: 'vfio-pci, or no driver',
  }))
  const evidence: NonEmpty<Evidence> = [...hit.evidence, ...seen]
  const values = {
    ...hit.values,
    address: fn.address,
    who: fn.address,
    what: `${names} ${held.length > 1 ? 'are' : 'is'}`,
    card: ' The functions of one card mostly share a group.',
  }
  return {
    ...hit,
    subject: { kind: 'device', address: fn.address },
    evidence,
    values,
    confidence: 'likely',
    remedy: [
      { do: 'bind-now', addresses: held.map((one) => one.address).join(' ') },
      { do: 'show', what: 'iommu-groups', group: '{group}' },
    ],
  }
}

/** What the guest met is mended by now: the group is there, and viable. */
function over(hit: Hit<Code>, facts: Pick<Facts, 'pci' | 'groups' | 'kernel'>): boolean {
  const pci = valueOf(facts.pci)
  if (hit.subject.kind !== 'device' || pci === undefined) return false
  const fn = findFunction(pci, hit.subject.address)
  const group = fn === undefined ? undefined : groupOf(fn, facts.groups)
  if (group === undefined || group === null) return false
  if (hit.code === 'guest-start-no-group') return true
  return hit.code === 'guest-start-not-viable' && viability(group, pci, facts.kernel).viable === true
}

function pick(hit: MessageHit, spoken: boolean): Code | undefined {
  if (NO_GROUP.includes(hit.id)) return 'guest-start-no-group'
  if (/^(?:dpdk|rv)-not-viable/.test(hit.id)) return 'guest-start-not-viable'
  if (hit.id === 'q-not-viable' || (hit.id === 'q-not-viable-hint' && !spoken)) return 'guest-start-not-viable'
  // The vfio-dev directory is there only on a VFIO driver (drivers/vfio/vfio_main.c).
  if (hit.id === 'q-iommufd-dir' || hit.id === 'q-iommufd-vfiodev') return 'group-node-missing'
  const node = hit.topic === 'group-node-not-opened' || hit.id === 'q-iommufd-open-cdev'
  const container = CONTAINER.includes(hit.id) || (node && hit.text.includes('/dev/vfio/vfio'))
  if (!container && !node) return undefined
  const error = hit.values['error']
  const denied = error === 'EACCES' || error === 'EPERM'
  if (container) return denied ? 'vfio-node-denied' : error === 'EBUSY' ? 'group-busy' : 'vfio-node-missing'
  // A device filter answers EPERM, the mode of the node and security modules EACCES.
  if (denied) return error === 'EPERM' ? 'group-node-filtered' : 'group-node-denied'
  // The node of a part of a device is another matter.
  if (error === 'ENOENT' && aboutPart(hit)) return undefined
  return error === 'EBUSY' ? 'group-busy' : error === 'ENOENT' ? 'group-node-missing' : undefined
}
