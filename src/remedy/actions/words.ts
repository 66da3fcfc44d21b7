import { UPGRADE_COMMANDS } from '../../knowledge/distributions.ts'
import { valueOf } from '../../model/fact.ts'
import type { Action, Showable } from '../../model/remedy.ts'
import { address, groupNumber, plainText } from '../grammar.ts'
import { asRoot } from '../shell.ts'
import { lines, step, type Expansion, type Ground } from '../steps.ts'

/** Each is read-only, and needs root only where a user would see less. */
const SHOWS: Readonly<Record<Showable, { readonly say: string; readonly run: string; readonly root: boolean }>> = {
  'kernel-log': { say: 'Show the kernel log of this start.', run: 'dmesg', root: true },
  'iommu-log': {
    say: 'Show what the kernel said of the IOMMU as it started.',
    run: 'dmesg | grep -i -e DMAR -e IVRS -e AMD-Vi -e IOMMU',
    root: true,
  },
  'kernel-command-line': { say: 'Show the kernel command line.', run: 'cat /proc/cmdline', root: false },
  'iommu-groups': {
    say: 'Show the IOMMU units and groups.',
    run: 'ls /sys/class/iommu; find /sys/kernel/iommu_groups -type l',
    root: false,
  },
  lspci: { say: 'Show the PCI devices with their ids and drivers.', run: 'lspci -Dnnk', root: false },
  'lspci-verbose': { say: 'Show the PCI devices with their capabilities.', run: 'lspci -Dnnvvv', root: true },
  'acpi-tables': {
    say: 'Show which ACPI tables the firmware offers.',
    run: 'ls /sys/firmware/acpi/tables',
    root: false,
  },
  'loaded-modules': { say: 'Show the loaded modules.', run: 'cat /proc/modules', root: false },
  'modprobe-configuration': {
    say: 'Show what modprobe is configured to do.',
    run: 'grep -rs "" /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d /etc/modules /etc/modules-load.d',
    root: false,
  },
  'vfio-modules': {
    say: 'Show the modules of VFIO that this kernel has, built in ones too.',
    run: `grep -ho '[a-z0-9_-]*vfio[a-z0-9_-]*[.]ko' /lib/modules/"$(uname -r)"/modules.dep /lib/modules/"$(uname -r)"/modules.builtin | sort -u`,
    root: false,
  },
  'cpu-flags': {
    say: 'Show the CPU and its flags.',
    run: 'grep -m 3 -E "^(vendor_id|model name|flags)" /proc/cpuinfo',
    root: false,
  },
  memlock: {
    say: 'Show the limit of locked memory (KiB), soft and hard.',
    run: 'ulimit -S -l; ulimit -H -l',
    root: false,
  },
  'vfio-nodes': {
    say: 'Show the device nodes of vfio and KVM.',
    run: 'ls -l /dev/kvm /dev/vfio /dev/iommu',
    root: false,
  },
  iomem: { say: 'Show the map of memory; without root all addresses are zero.', run: 'cat /proc/iomem', root: true },
  'guest-definition': {
    say: 'Show how the guest is defined (Proxmox: `qm config VMID`; QEMU by hand: its command line).',
    run: 'virsh dumpxml GUEST',
    root: true,
  },
  'kernel-version': { say: 'Show the kernel and the distribution.', run: 'uname -a; cat /etc/os-release', root: false },
  capture: { say: 'Save what vfio-doctor reads, for someone else to look at.', run: 'vfio-doctor capture', root: true },
}

/** The same of one device or group; null where the action names none that fits. */
function aimed({ what, ...of }: Extract<Action, { do: 'show' }>): (typeof SHOWS)[Showable] | null {
  const device = of.address === undefined ? null : address(of.address)
  const group = of.group === undefined ? null : groupNumber(of.group)
  if (what === 'lspci' && device !== null)
    return { say: `Show what ${device} is, and its driver.`, run: `lspci -Dnnk -s ${device}`, root: false }
  if (what === 'lspci-verbose' && device !== null)
    return { say: `Show what ${device} can do.`, run: `lspci -Dnnvvv -s ${device}`, root: true }
  if (what === 'iommu-groups' && group !== null) {
    const run = `find /sys/kernel/iommu_groups/${group}/devices -type l`
    return { say: `Show the members of IOMMU group ${group}.`, run, root: false }
  }
  return null
}

export const show: Expansion<'show'> = (action, on) => {
  const { say, run, root } = aimed(action) ?? SHOWS[action.what]
  if (action.what === 'guest-definition' && on.platform.flavour === 'proxmox') {
    return [step('Show how the guest is defined.', { run: 'qm config VMID' })]
  }
  const log = valueOf(on.facts.kernelLog)
  if (action.what === 'kernel-log' && log?.fromBoot === false && on.facts.kernelLog.source.startsWith('dmesg')) {
    // The ring buffer lost the beginning; the journal may have kept it.
    return [step(say, { run: asRoot(on.platform, 'journalctl -k -b --no-pager') })]
  }
  return [step(say, { run: root ? asRoot(on.platform, run) : run })]
}

export const upgrade: Expansion<'upgrade'> = (action, on) => {
  switch (action.what) {
    case 'firmware':
      return [
        step('Update the firmware of the device or the board, with the tool of its maker (fwupdmgr serves many).', {
          run: 'fwupdmgr get-updates',
          effect: 'none',
        }),
      ]
    case 'guest-driver':
      return [step('Update the driver inside the guest.', { effect: 'stops-guest' })]
    case 'kernel':
    case 'qemu':
    case 'libvirt':
      return [upgradePackages(action.what, on)]
    default:
      return action.what satisfies never
  }
}

const PRODUCTS = { kernel: 'the kernel', qemu: 'QEMU', libvirt: 'libvirt' } as const

function upgradePackages(what: keyof typeof PRODUCTS, on: Ground): ReturnType<typeof step> {
  const { platform } = on
  const effect = what === 'kernel' ? 'reboot' : 'stops-guest'
  const then = what === 'kernel' ? 'then restart the host' : 'then stop the guest and start it anew'
  const say = `Bring ${PRODUCTS[what]} up to date, ${then}. If the distribution has no newer version, its backports or next release may.`
  const commands = upgradeCommands(on)
  if (commands.length === 0) return step(say, { effect })
  return step(say, { run: lines(...commands.map((one) => asRoot(platform, one))), effect })
}

function upgradeCommands(on: Ground): readonly string[] {
  const { flavour, family } = on.platform
  switch (flavour) {
    case 'ostree':
      return ['rpm-ostree upgrade']
    case 'transactional':
      return ['transactional-update']
    case 'nixos':
      return ['nixos-rebuild boot --upgrade']
    case 'unraid':
    case 'truenas':
    case 'talos':
      return []
    case 'plain':
    case 'proxmox':
    case null:
      return family === null ? [] : UPGRADE_COMMANDS[family]
    default:
      return flavour satisfies never
  }
}

const TRACKERS = {
  kernel: 'the maintainers of the kernel (the list kvm@vger.kernel.org for vfio, iommu@lists.linux.dev for the IOMMU)',
  qemu: 'the QEMU project',
  vendor: 'the maker of the board or the device',
  distribution: 'your distribution',
} as const satisfies Record<Extract<Action, { do: 'report-bug' }>['to'], string>

export const reportBug: Expansion<'report-bug'> = (action, on) => [
  step(`Report it to ${TRACKERS[action.to]}, with what this command saves.`, {
    run: asRoot(on.platform, 'vfio-doctor capture'),
  }),
]

export const advise: Expansion<'advise'> = (action) => [
  step(plainText(action.say, 1000), action.first === true ? { first: true } : {}),
]

export const nothing: Expansion<'nothing'> = (action) => [step(`Nothing to do. ${plainText(action.why, 1000)}`)]
