import { check } from '../../../checks/guest/bar-mapping.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'KVM does not take a piece of a BAR',
    facts: {
      messages: messages([
        'VmBoot(DeviceManager(VfioMapRegion(CreateUserMemoryRegion(CreateUserMemory(Invalid argument (os error 22))))))',
      ]),
    },
    expect: ['bar-memory-refused'],
  },
  {
    name: 'iommufd does not map a BAR',
    facts: {
      messages: messages([
        'Failed to map VFIO MMIO region: Failed to DMA map: failed to map an IOVA range to the IOAS: Bad address (os error 14)',
      ]),
    },
    expect: ['dma-bar-fatal'],
    severity: 'fail',
  },
  {
    name: 'the same as Rust prints it for debugging',
    facts: {
      messages: messages(['Error booting VM: VmBoot(DeviceManager(VfioMapRegion(DmaMap(IommuDmaMap(Error(14))))))']),
    },
    expect: ['dma-bar-fatal'],
  },
  {
    name: 'QEMU goes on',
    facts: { messages: messages(['qemu-system-x86_64: warning: IOMMU_IOAS_MAP failed: Bad address, PCI BAR?']) },
    expect: 'skip',
  },
  {
    name: 'a range that is mapped twice is for another check',
    facts: { messages: messages(['Error from device manager: VfioMapRegion(DmaMap(IommuDmaMap(Error(17))))']) },
    expect: 'skip',
  },
  {
    name: 'memory of the guest is for another check',
    facts: {
      messages: messages(['failed to add guest memory map into iommu table: Cannot allocate memory (os error 12)']),
    },
    expect: 'skip',
  },
])
