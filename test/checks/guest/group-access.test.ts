import { check } from '../../../checks/guest/group-access.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, pciFacts, messages, unlisted } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'QEMU finds no group',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: no iommu_group found: No such file or directory',
      ]),
    },
    expect: ['guest-start-no-group@0000:01:00.0'],
  },
  {
    name: 'libvirt gives up what it had begun without a way to assign',
    facts: { messages: messages(["error: unsupported configuration: pci backend driver 'default' is not supported"]) },
    expect: ['guest-start-no-group@host'],
  },
  {
    name: 'Proxmox finds no IOMMU',
    facts: { messages: messages(['TASK ERROR: cannot prepare PCI pass-through, IOMMU not present']) },
    expect: ['guest-start-no-group@host'],
  },
  {
    name: 'Kimchi finds no group',
    facts: {
      messages: messages([
        'KCHVMHDEV0003E: No IOMMU groups found. Host PCI pass through needs IOMMU group to function correctly.',
      ]),
    },
    expect: ['guest-start-no-group@host'],
  },
  {
    name: 'Harvester finds no group',
    facts: {
      messages: messages([
        'admission webhook "pcidevices.harvesterhci.io" denied the request: pcidevice rack2-00000a000 has no iommuGroup available',
      ]),
    },
    expect: ['guest-start-no-group@host'],
  },
  {
    name: 'a group is not viable, and the hint says nothing new',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 1 is not viable',
        'Please ensure all devices within the iommu_group are bound to their vfio bus driver.',
      ]),
    },
    expect: ['guest-start-not-viable@0000:01:00.0'],
  },
  {
    name: 'the hint alone',
    facts: {
      messages: messages(['Please ensure all devices within the iommu_group are bound to their vfio bus driver.']),
    },
    expect: ['guest-start-not-viable@host'],
  },
  {
    name: 'the node of a group is missing',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/1: No such file or directory',
      ]),
    },
    expect: ['group-node-missing@0000:01:00.0'],
  },
  {
    name: 'the same in the words of newer versions',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Could not open '/dev/vfio/1': No such file or directory",
      ]),
    },
    expect: ['group-node-missing@0000:01:00.0'],
  },
  {
    name: 'the node of a group is closed',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to open /dev/vfio/1: Permission denied',
      ]),
    },
    expect: ['group-node-denied@0000:01:00.0'],
  },
  {
    name: 'the node of a group is busy',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: Could not open '/dev/vfio/1': Device or resource busy",
      ]),
    },
    expect: ['group-busy@0000:01:00.0'],
  },
  {
    name: 'the container is missing',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: failed to open /dev/vfio/vfio: No such file or directory',
      ]),
    },
    expect: ['vfio-node-missing@0000:01:00.0'],
  },
  {
    name: 'the container is closed',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: failed to open /dev/vfio/vfio: Permission denied',
      ]),
    },
    expect: ['vfio-node-denied@0000:01:00.0'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'the group is viable by now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' })]),
      messages: messages(['qemu-system-x86_64: vfio 0000:01:00.0: group 1 is not viable']),
    },
    expect: ['guest-start-not-viable'],
    severity: 'info',
  },
  {
    name: 'the group is still not viable',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' }),
        endpoint({ address: '0000:02:00.0', group: 1, driver: 'ahci' }),
      ]),
      messages: messages(['qemu-system-x86_64: vfio 0000:01:00.0: group 1 is not viable']),
    },
    expect: ['guest-start-not-viable'],
    severity: 'fail',
  },
  {
    name: 'a group of which an error alone tells may have other members',
    facts: {
      ...unlisted(pciFacts([endpoint({ address: '0000:06:00.0', group: 7, driver: 'vfio-pci' })])),
      messages: messages(['qemu-system-x86_64: vfio 0000:06:00.0: group 7 is not viable']),
    },
    expect: ['guest-start-not-viable@0000:06:00.0'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'another function of the card is on a host driver',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:0a:00.0', group: undefined, driver: 'vfio-pci' }),
        endpoint({ address: '0000:0a:00.1', group: undefined, driver: 'snd_hda_intel' }),
      ]),
      messages: messages(['qemu-system-x86_64: vfio 0000:0a:00.0: group 22 is not viable']),
    },
    expect: ['guest-start-not-viable@0000:0a:00.0'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'the hint alone, and one card that is torn',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:0a:00.0', group: undefined, driver: 'vfio-pci' }),
        endpoint({ address: '0000:0a:00.1', group: undefined, driver: 'snd_hda_intel' }),
        endpoint({ address: '0000:0b:00.0', group: undefined, driver: 'vfio-pci' }),
      ]),
      messages: messages(['Please ensure all devices within the iommu_group are bound to their vfio bus driver.']),
    },
    expect: ['guest-start-not-viable@0000:0a:00.0'],
  },
  {
    name: 'the other function of the card is in another group',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:0a:00.0', group: 3, driver: 'vfio-pci' }),
        endpoint({ address: '0000:0c:00.0', group: 3, driver: 'nvme' }),
        endpoint({ address: '0000:0a:00.1', group: 4, driver: 'snd_hda_intel' }),
      ]),
      messages: messages(['qemu-system-x86_64: vfio 0000:0a:00.0: group 3 is not viable']),
    },
    expect: ['guest-start-not-viable@0000:0a:00.0'],
    confidence: 'certain',
  },
  {
    name: 'old QEMU finds no group',
    facts: { messages: messages(['kvm: -device vfio-pci,host=07:00.0: vfio: error no iommu_group for device']) },
    expect: ['guest-start-no-group@0000:07:00.0'],
  },
  {
    name: 'old QEMU may not open the node of a group',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=07:00.0: vfio: error opening /dev/vfio/9: Operation not permitted',
      ]),
    },
    expect: ['group-node-filtered@0000:07:00.0'],
  },
  {
    name: 'the node of a part of a device is for another check',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01: vfio 4b20d080-1b54-4048-85b3-a6a62d165c01: failed to open /dev/vfio/5: No such file or directory',
      ]),
    },
    expect: 'skip',
  },
  ...(
    [
      ['failed to open /dev/vfio/16 group: No such file or directory (os error 2)', 'group-node-missing'],
      ['failed to open /dev/vfio/$group_num group: Permission denied (os error 13)', 'group-node-denied'],
      [
        'Error booting VM: VmBoot(DeviceManager(VfioCreate(OpenGroup(Os { code: 16, kind: ResourceBusy, message: "Device or resource busy" }, "16"))))',
        'group-busy',
      ],
      ['failed to open /dev/vfio/vfio container: No such file or directory (os error 2)', 'vfio-node-missing'],
      ['Failed to open /dev/vfio/10: [Errno 16] Device or resource busy', 'group-busy'],
      ["PermissionError: [Errno 13] Permission denied: '/dev/vfio/10'", 'group-node-denied'],
      ['failed to create container: open /dev/vfio/10: operation not permitted', 'group-node-filtered'],
      ['cloud-hypervisor: group is not viable', 'guest-start-not-viable'],
      ['Error booting VM: VmBoot(DeviceManager(VfioCreate(GroupViable)))', 'guest-start-not-viable'],
    ] as const
  ).map(([line, code]) => ({
    name: `a program in Rust, Python or Go says: ${line}`,
    facts: { messages: messages([line]) },
    expect: [`${code}@host`],
  })),
  {
    name: 'a device filter keeps QEMU from the node of a group',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:3b:00.4: vfio error: 0000:3b:00.4: failed to open /dev/vfio/84: Operation not permitted',
      ]),
    },
    expect: ['group-node-filtered@0000:3b:00.4'],
  },
  {
    name: 'old DPDK finds a group that is not viable',
    facts: { messages: messages(['EAL:  0000:5e:00.3 VFIO group is not viable!']) },
    expect: ['guest-start-not-viable@0000:5e:00.3'],
  },
  {
    name: 'QEMU 9.2 may not open the container node',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,host=05:00.0: vfio 0000:05:00.0: failed to setup container for group 21: Could not open '/dev/vfio/vfio': Permission denied",
      ]),
    },
    expect: ['vfio-node-denied@0000:05:00.0'],
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
