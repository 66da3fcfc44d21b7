import { check } from '../../../checks/iommu/platform-iommu.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { AcpiFacts, GroupList, IommuUnit } from '../../../src/model/iommu.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, endpoint, environment, fact, kernel, messages, pciFacts } from '../../support/facts.ts'

const CARD = '0000:01:00.0'
const none = pciFacts([endpoint({ address: CARD, group: null })])
const grouped = pciFacts([endpoint({ address: CARD, group: 3 })])
const acpi = (...tables: readonly string[]) =>
  known<AcpiFacts>(
    { tables, dmar: unknown('denied', 'DMAR'), ivrs: unknown('denied', 'IVRS') },
    '/sys/firmware/acpi/tables',
  )
const arm = { ...none, kernel: kernel('6.6.0', 'aarch64'), cpu: cpu('arm'), environment: environment() }
const board = (system: string) =>
  fact({ system, board: null, biosVendor: null, biosVersion: null, biosDate: null }, '/proc/device-tree/model')
const onChip = (complete: boolean) =>
  fact<GroupList>(
    {
      groups: [
        {
          id: 1,
          members: [],
          others: ['fe6c0000.isp'],
          type: unknown('not-in-paste', 'paste'),
          reserved: unknown('not-in-paste', 'paste'),
        },
      ],
      complete,
    },
    '/sys/kernel/iommu_groups',
  )
const unit = (kind: IommuUnit['kind'], name: string) => {
  const nothing = known(null, name)
  return fact<readonly IommuUnit[]>(
    [{ name, kind, cap: nothing, ecap: nothing, features: nothing }],
    '/sys/class/iommu',
  )
}
/** One card with a driver and no group, and one that gets its group, if any, with a driver. */
const waiting = pciFacts([
  endpoint({ address: CARD, group: null }),
  endpoint({ address: '0000:02:00.0', group: undefined, driver: null }),
])
const LINK =
  'error: internal error: Invalid device 0000:01:00.0 iommu_group file /sys/bus/pci/devices/0000:01:00.0/iommu_group is not a symlink'

checkTable(check, [
  { name: 'an Arm server with groups', facts: { ...arm, ...grouped }, expect: 'pass' },
  {
    name: 'a PC is judged elsewhere',
    facts: { ...none, kernel: kernel('6.6.0'), cpu: cpu('intel'), acpi: acpi('FACP') },
    expect: 'skip',
  },
  { name: 'Arm, and the groups could not be read', facts: { kernel: kernel('6.6.0', 'aarch64') }, expect: 'unknown' },
  {
    name: 'a mainframe without a PCI function',
    facts: { ...arm, ...pciFacts([]), kernel: kernel('6.6.0', 's390x'), cpu: cpu('s390') },
    expect: ['s390-differs@host'],
    severity: 'info',
  },
  {
    name: 'a mainframe whose functions are not all told',
    facts: { ...arm, ...pciFacts([], false), kernel: kernel('6.6.0', 's390x'), cpu: cpu('s390') },
    expect: 'unknown',
  },
  {
    name: 'a mainframe with functions that nobody asks for',
    facts: { ...arm, ...grouped, kernel: kernel('6.6.0', 's390x'), cpu: cpu('s390') },
    expect: 'pass',
  },
  {
    name: 'a mainframe whose function has no group: its kernel has the driver, so no other kernel is advised',
    facts: { ...arm, kernel: kernel('6.6.0', 's390x'), cpu: cpu('s390') },
    expect: ['platform-without-iommu@host'],
    confidence: 'likely',
    advises: '{"do":"show","what":"kernel-log"}',
  },
  {
    name: 'an Arm server without a PCI function',
    facts: { ...arm, ...pciFacts([]), acpi: acpi('IORT') },
    expect: 'skip',
  },
  {
    name: 'groups of the chip alone',
    facts: { ...arm, groups: onChip(true) },
    expect: ['pci-not-behind-iommu@host'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a board whose IOMMUs serve the chip alone, with a card that has no driver yet',
    facts: { ...arm, ...waiting, groups: onChip(true), iommuUnits: unit('other', 'fdb50000.iommu') },
    expect: ['pci-not-behind-iommu@host'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'such a board whose groups were not listed',
    facts: { ...arm, ...waiting, iommuUnits: unit('other', 'fdb50000.iommu') },
    expect: 'unknown',
  },
  {
    name: 'a unit of VT-d gives groups at the start, whatever is shown of one card',
    facts: { ...waiting, groups: onChip(true), iommuUnits: unit('intel', 'dmar0'), cpu: cpu('intel') },
    expect: 'skip',
  },
  {
    name: 'a post shows groups of the chip and what libvirt said',
    facts: { groups: onChip(false), messages: messages([LINK], false) },
    expect: ['pci-not-behind-iommu@host', 'libvirt-no-group-link@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'libvirt found no link',
    facts: { messages: messages([LINK], false) },
    expect: ['libvirt-no-group-link@0000:01:00.0'],
  },
  { name: 'and it is there', facts: { ...grouped, messages: messages([LINK]) }, expect: 'skip' },
  {
    name: 'a Raspberry Pi',
    facts: { ...arm, groups: onChip(true), board: board('Raspberry Pi 5 Model B Rev 1.0') },
    expect: ['board-without-pci-iommu@host'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a post shows the model of a Raspberry Pi and no list of groups',
    facts: { board: board('Raspberry Pi 4 Model B Rev 1.5') },
    expect: ['board-without-pci-iommu@host'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'a Raspberry Pi whose card has a group after all',
    facts: { ...arm, ...grouped, board: board('Raspberry Pi 9') },
    expect: 'pass',
  },
  {
    name: 'a post about a PC that shows the model of a Raspberry Pi too',
    facts: { kernel: kernel('6.6.0'), board: board('Raspberry Pi 4 Model B Rev 1.5') },
    expect: 'skip',
  },
  {
    name: 'another board, and no list of groups',
    facts: { board: board('Radxa ROCK 5B') },
    expect: 'skip',
  },
  {
    name: 'an Arm server without IORT',
    facts: { ...arm, acpi: acpi('FACP', 'APIC') },
    expect: ['smmu-not-described@host'],
    severity: 'fail',
  },
  {
    name: 'an Arm server with IORT and no unit',
    facts: { ...arm, acpi: acpi('FACP', 'IORT') },
    expect: ['smmu-not-driven@host'],
    confidence: 'likely',
  },
  {
    name: 'a kernel without the driver',
    facts: { ...arm, acpi: acpi('FACP', 'IORT'), kernelConfig: known({ CONFIG_PCI: 'y' }, '/boot/config') },
    expect: ['smmu-not-driven@host'],
  },
  {
    name: 'an Arm board with a device tree',
    facts: { ...arm, acpi: acpi() },
    expect: ['platform-without-iommu@host'],
    confidence: 'likely',
  },
  {
    name: 'a RISC-V board',
    facts: { ...none, kernel: kernel('6.6.0', 'riscv64'), cpu: cpu('riscv'), environment: environment() },
    expect: ['platform-without-iommu@host'],
    advises: 'upgrade',
  },
  {
    name: 'an Arm guest is judged elsewhere',
    facts: { ...arm, environment: environment({ hypervisor: 'KVM' }) },
    expect: 'skip',
  },
  {
    name: 's390 with a function to give away',
    facts: { ...grouped, kernel: kernel('6.6.0', 's390x') },
    asked: [CARD],
    expect: ['s390-differs@host'],
    severity: 'info',
  },
  {
    name: 'POWER with a function to give away',
    facts: { ...grouped, kernel: kernel('6.6.0', 'ppc64le') },
    asked: [CARD],
    expect: ['power-differs@host'],
    severity: 'info',
  },
  { name: 'POWER, and nobody asks', facts: { ...grouped, kernel: kernel('6.6.0', 'ppc64le') }, expect: 'pass' },
  {
    name: 'a RISC-V post that shows no group, and a VMM that found none',
    facts: {
      kernel: kernel('6.6.0', 'riscv64'),
      messages: messages([
        'qemu-system-riscv64: -device vfio-pci,host=0001:01:00.0: vfio 0001:01:00.0: no iommu_group found: No such file or directory',
      ]),
    },
    expect: ['platform-without-iommu@host'],
    confidence: 'likely',
  },
  {
    name: 'an Arm post that shows no unit',
    facts: { kernel: kernel('6.6.0', 'aarch64'), iommuUnits: fact([]) },
    expect: ['platform-without-iommu@host'],
    confidence: 'possible',
  },
  {
    name: 'POWER without a group has another trouble',
    facts: { kernel: kernel('6.6.0', 'ppc64le'), iommuUnits: fact([]) },
    expect: 'unknown',
  },
  { name: 'nothing could be read', facts: {}, expect: 'skip' },
])
