import { check } from '../../../checks/iommu/reserved-regions.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { GroupList, ReservedRegion } from '../../../src/model/iommu.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, kernel, messages, pciFacts } from '../../support/facts.ts'

const SATA = '0000:42:00.0'
const AUDIO = '0000:00:1f.5'
const file = '/sys/kernel/iommu_groups/51/reserved_regions'
const groups = (...regions: readonly ReservedRegion[]): Fact<GroupList> =>
  fact({
    groups: [{ id: 51, members: [SATA], others: [], type: known('DMA', 'test'), reserved: known(regions, file) }],
    complete: true,
  })
const msi: ReservedRegion = { start: 0xfee00000n, end: 0xfeefffffn, type: 'msi' }
const hyper: ReservedRegion = { start: 0xfd00000000n, end: 0xffffffffffn, type: 'reserved' }
const { pci } = pciFacts([endpoint({ address: SATA, group: 51, driver: 'vfio-pci', vfioDev: true })])
const refused = (iova: string, size: string) =>
  messages([
    `qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, ${iova}, ${size}, 0x7f4d33e00000) = -22 (Invalid argument)`,
  ])
const guest = (gib: number, machine: string): Fact<readonly GuestDefinition[]> =>
  fact([
    {
      name: 'big',
      manager: 'libvirt',
      machine,
      firmware: 'uefi',
      memoryBytes: gib * 2 ** 30,
      hostDevices: [{ address: SATA, managed: true, romFile: null, allFunctions: false, options: {}, text: 'hostdev' }],
      running: false,
      source: 'big.xml',
    },
  ])
const isa = [
  endpoint({ address: '0000:00:1f.0', class: 0x060100, driver: null, group: 9 }),
  endpoint({ address: AUDIO, class: 0x040300, driver: 'vfio-pci', vfioDev: true, group: 9 }),
]

checkTable(check, [
  {
    name: 'a refused mapping meets the interrupt window',
    facts: { pci, groups: groups(msi, hyper), messages: refused('0x80000000', '0x180000000') },
    expect: ['guest-memory-reserved@group:51'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a refused mapping meets a direct region',
    facts: {
      pci,
      groups: groups({ start: 0xe8000n, end: 0xe8fffn, type: 'direct' }, msi),
      messages: refused('0x80000', '0x5ff80000'),
    },
    expect: ['guest-memory-reserved@group:51'],
  },
  {
    name: 'the message names the device',
    facts: {
      pci,
      groups: groups(msi),
      messages: messages([
        'qemu-system-aarch64: -device vfio-pci,host=0000:42:00.0: vfio 0000:42:00.0: failed to setup container for group 51: memory listener initialization failed: Region mach-virt.ram: vfio_dma_map(0x55d6a0a6d2a0, 0x80000000, 0x180000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['guest-memory-reserved@0000:42:00.0'],
  },
  {
    name: 'a relaxable region does not count',
    facts: {
      pci,
      groups: groups({ start: 0xe8000n, end: 0xe8fffn, type: 'direct-relaxable' }, msi),
      messages: refused('0x80000', '0x5ff80000'),
    },
    expect: 'pass',
  },
  {
    name: 'the range is free, so something else refused it',
    facts: { pci, groups: groups(msi, hyper), messages: refused('0x3c0000000000', '0x20000000') },
    expect: 'pass',
  },
  {
    name: 'no reserved regions are shown',
    facts: { messages: refused('0x80000000', '0x180000000') },
    expect: 'skip',
  },
  {
    name: 'an ISA bridge shares the slot on an old kernel',
    facts: { ...pciFacts(isa), kernel: kernel('5.4.0'), messages: refused('0x100000', '0x1ff00000') },
    expect: ['isa-bridge-region@0000:00:1f.5'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'a newer kernel does not hold the guest to it',
    facts: { ...pciFacts(isa), kernel: kernel('6.1.0'), messages: refused('0x100000', '0x1ff00000') },
    expect: 'pass',
  },
  {
    name: 'a guest above 1 TiB on an old machine type',
    facts: { pci, groups: groups(msi, hyper), guests: guest(1100, 'pc-q35-6.2') },
    expect: ['guest-memory-at-hypertransport@host'],
    severity: 'warn',
  },
  {
    name: 'a newer machine type moves its memory',
    facts: { pci, groups: groups(msi, hyper), guests: guest(1100, 'pc-q35-8.2') },
    expect: 'pass',
  },
  {
    name: 'a small guest does not reach it',
    facts: { pci, groups: groups(msi, hyper), guests: guest(64, 'pc-q35-6.2') },
    expect: 'pass',
  },
  {
    name: 'a range of a host device could not be reserved',
    facts: { messages: messages(['pci 0000:00:1f.0: Failed to reserve IOVA [0x7b800000-0x7fffffff]']) },
    expect: ['reserved-range-taken@0000:00:1f.0'],
    severity: 'info',
  },
])
