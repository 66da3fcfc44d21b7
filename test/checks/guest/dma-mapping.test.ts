import { check } from '../../../checks/guest/dma-mapping.ts'
import { known } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, messages } from '../../support/facts.ts'

/** MGAW and SAGAW of a VT-d capability register. */
function units(mgaw: number, sagaw: number): Facts['iommuUnits'] {
  const cap = known((BigInt(mgaw - 1) << 16n) | (BigInt(sagaw) << 8n), '/sys/class/iommu/dmar0/intel-iommu/cap')
  const unit = { name: 'dmar0', kind: 'intel', cap, ecap: known(0n, 'test'), features: known(null, 'test') } as const
  return known([unit], '/sys/class/iommu')
}

checkTable(check, [
  ...(
    [
      ['failed to add guest memory map into iommu table: Cannot allocate memory (os error 12)', 'dma-map-enomem'],
      ['Error from device manager: VfioMapRegion(DmaMap(IommuDmaMap(Error(17))))', 'dma-map-overlap'],
      ['VmBoot(DeviceManager(DmaMap(IommuIoasMap(Error(28)))))', 'dma-entry-limit'],
    ] as const
  ).map(([line, code]) => ({
    name: `a VMM in Rust says: ${line}`,
    facts: { messages: messages([line]) },
    expect: [`${code}@host`],
  })),
  {
    name: 'over the BAR of a device a VMM in Rust gives up, which another check says',
    facts: { messages: messages(['VfioMapRegion(DmaMap(IommuIoasMap(Error(14))))']) },
    expect: 'skip',
  },
  {
    name: 'a number in place of the words',
    facts: { messages: messages(['qemu-system-x86_64: VFIO_MAP_DMA failed: -22']) },
    expect: ['dma-map-einval'],
  },
  {
    name: 'memory cannot be locked',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x100000000, 0x10000000, 0x7f4d33e00000) = -12 (Cannot allocate memory)',
      ]),
    },
    expect: ['dma-map-enomem@host'],
    confidence: 'likely',
  },
  {
    name: 'the words of older versions',
    facts: { messages: messages(['qemu-system-x86_64: VFIO_MAP_DMA failed: Cannot allocate memory']) },
    expect: ['dma-map-enomem@host'],
  },
  {
    name: 'the same told twice is one',
    facts: {
      messages: messages([
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Invalid argument',
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0xfee00000, 0x1000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['dma-map-reserved@host'],
  },
  {
    name: 'the number of mappings is used up',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0xfff00000, 0x1000, 0x7f4d33e00000) = -28 (No space left on device)',
      ]),
    },
    expect: ['dma-entry-limit@host'],
    confidence: 'certain',
  },
  {
    name: 'memory in the HyperTransport hole',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0xfc00000000, 0x200000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['dma-map-reserved@host'],
  },
  {
    name: 'memory beyond 39 bits',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x382000000000, 0x10000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['dma-map-too-high@host'],
    severity: 'warn',
    confidence: 'likely',
  },
  ...(
    [
      ['an IOMMU of 48 bits reaches it', { cpu: cpu('intel'), iommuUnits: units(48, 4) }, 'dma-map-einval'],
      ['an IOMMU of 39 bits does not', { cpu: cpu('intel'), iommuUnits: units(39, 2) }, 'dma-map-too-high'],
      ['that of AMD has 48 bits at the least', { cpu: cpu('amd') }, 'dma-map-einval'],
    ] as const
  ).map(([name, some, code]) => ({
    name,
    facts: {
      ...some,
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x382000000000, 0x10000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: [`${code}@host`],
  })),
  {
    name: 'memory that is merely refused',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x100000000, 0x10000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['dma-map-einval@host'],
    confidence: 'possible',
  },
  {
    name: 'memory that is not there',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x100000000, 0x10000000, 0x7f4d33e00000) = -14 (Bad address)',
      ]),
    },
    expect: ['dma-map-unpinnable@host'],
    confidence: 'possible',
  },
  {
    name: 'a range that is mapped already',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0x0, 0x10000000, 0x7f4d33e00000) = -17 (File exists)',
      ]),
    },
    expect: ['dma-map-overlap@host'],
  },
  {
    name: 'the memory of another device',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0xfd00000000, 0x10000000, 0x7f4d33e00000) = -14 (Bad address)',
        'PCI peer-to-peer transactions on BARs are not supported.',
      ]),
    },
    expect: ['dma-bar-not-mapped@host'],
    severity: 'info',
  },
  {
    name: 'a failure without a number',
    facts: { messages: messages(['qemu: hardware error: vfio: DMA mapping failed, unable to continue']) },
    expect: ['dma-map-failed@host'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'an Intel host has no HyperTransport hole',
    facts: {
      cpu: cpu('intel'),
      messages: messages([
        'qemu-system-x86_64: vfio_dma_map(0x55d6a0a6d2a0, 0xfd00000000, 0x10000000, 0x7f4d33e00000) = -22 (Invalid argument)',
      ]),
    },
    expect: ['dma-map-too-high'],
  },
  {
    name: 'QEMU prints the wrong number behind the right words',
    facts: {
      messages: messages([
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Invalid argument',
        'qemu-system-x86_64: vfio_dma_map(0x55cee4bf7b20, 0x385000000000, 0x2000000, 0x7fd7253ff000) = -2 (No such file or directory)',
        'qemu: hardware error: vfio: DMA mapping failed, unable to continue',
      ]),
    },
    expect: ['dma-map-too-high@host'],
    severity: 'fail',
  },
  {
    name: 'several errors in turn: something tried again and went on',
    facts: {
      messages: messages([
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Invalid argument',
        'qemu-system-x86_64: VFIO_MAP_DMA failed: Cannot allocate memory',
        'qemu-system-x86_64: VFIO_MAP_DMA failed: No space left on device',
      ]),
    },
    expect: ['dma-map-failed@host'],
    severity: 'warn',
  },
  {
    name: 'the number alone, as old versions print it',
    facts: { messages: messages(['qemu-system-x86_64: VFIO_MAP_DMA: -28']) },
    expect: ['dma-entry-limit@host'],
  },
  {
    name: 'DPDK could not lock its memory',
    facts: { messages: messages(['EAL: 0000:5e:00.3 DMA remapping failed, error 12 (Cannot allocate memory)']) },
    expect: ['dma-map-enomem@0000:5e:00.3'],
    confidence: 'likely',
  },
  {
    name: 'DPDK used up its number of mappings',
    facts: { messages: messages(['EAL: Cannot set up DMA remapping, error 28 (No space left on device)']) },
    expect: ['dma-entry-limit@host'],
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
