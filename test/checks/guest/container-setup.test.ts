import { check } from '../../../checks/guest/container-setup.ts'
import { checkTable } from '../../support/check-table.ts'
import { known } from '../../../src/model/fact.ts'
import { kernel, messages } from '../../support/facts.ts'

checkTable(check, [
  ...(
    [
      [
        "failed to set container's IOMMU driver type as VfioType1V2: Operation not permitted (os error 1)",
        'set-iommu-eperm',
      ],
      ['VmBoot(DeviceManager(VfioCreate(ContainerSetIOMMU(Error(22)))))', 'set-iommu-einval'],
      [
        'failed to bind the vfio device to the specified iommufd: Device or resource busy (os error 16)',
        'container-refused',
      ],
      ["container doesn't support VfioType1V2 IOMMU driver type", 'qemu-no-iommu-models'],
      ['EAL: No supported IOMMU extensions found!', 'qemu-no-iommu-models'],
      ['EAL:   no supported IOMMU extensions found!', 'qemu-no-iommu-models'],
      ['failed to open /dev/iommufd: No such file or directory (os error 2)', 'iommufd-missing'],
      ['failed to add vfio group into vfio container', 'container-refused'],
    ] as const
  ).map(([line, code]) => ({
    name: `a VMM in Rust says: ${line}`,
    facts: { messages: messages([line]) },
    expect: [`${code}@host`],
  })),
  {
    name: 'a container runtime finds no device node of VFIO',
    facts: { messages: messages(['lstat /dev/vfio/devices/vfio0: No such file or directory']) },
    expect: ['iommufd-missing@host'],
  },
  {
    name: 'the IOMMU is refused although interrupts are remapped',
    facts: {
      interruptRemapping: known(true, 'dmesg'),
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set iommu for container: Operation not permitted',
      ]),
    },
    expect: ['set-iommu-eperm-remapped@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'the container is refused as not permitted',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set group container: Operation not permitted',
      ]),
    },
    expect: ['set-container-eperm@0000:01:00.0'],
  },
  {
    name: 'the container is refused as invalid',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set group container: Invalid argument',
      ]),
    },
    expect: ['set-container-einval@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'the container is refused as busy',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set group container: Device or resource busy',
      ]),
    },
    expect: ['container-refused@0000:01:00.0'],
  },
  {
    name: 'the IOMMU is refused as not permitted',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set iommu for container: Operation not permitted',
      ]),
    },
    expect: ['set-iommu-eperm@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the same through iommufd',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error bind device fd=24 to iommufd=11: Operation not permitted',
      ]),
    },
    expect: ['set-iommu-eperm@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'iommufd refuses the group although interrupts are remapped: a driver of the host has a member',
    facts: {
      interruptRemapping: known(true, 'dmesg'),
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error bind device fd=24 to iommufd=11: Operation not permitted',
      ]),
    },
    expect: ['set-container-eperm@0000:01:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the IOMMU is refused as invalid',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: Failed to set iommu for container: Invalid argument',
      ]),
    },
    expect: ['set-iommu-einval@0000:01:00.0'],
  },
  {
    name: 'there is no back end',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: No available IOMMU models',
      ]),
    },
    expect: ['qemu-no-iommu-models@0000:01:00.0'],
    advises: 'vfio_iommu_type1',
  },
  {
    name: 'there is no back end on POWER, which has one of its own',
    facts: {
      kernel: kernel('6.8.0', 'ppc64le'),
      messages: messages([
        'qemu-system-ppc64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: failed to setup container for group 1: No available IOMMU models',
      ]),
    },
    expect: ['qemu-no-iommu-models@0000:01:00.0'],
    advises: 'vfio_iommu_spapr_tce',
  },
  {
    name: 'there is no iommufd',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -object iommufd,id=iommufd0: Could not open '/dev/iommu': No such file or directory",
      ]),
    },
    expect: ['iommufd-missing@host'],
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'old QEMU: the kernel refused the IOMMU',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=07:00.0: vfio: failed to set iommu for container: Operation not permitted',
        'kvm: -device vfio-pci,host=07:00.0: vfio: failed to setup container for group 9',
      ]),
    },
    expect: ['set-iommu-eperm@0000:07:00.0'],
  },
  {
    name: 'old QEMU: the kernel refused the group',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,host=07:00.0: vfio error: 0000:07:00.0: failed to setup container for group 9: failed to set group container: Invalid argument',
      ]),
    },
    expect: ['set-container-einval@0000:07:00.0'],
  },
  {
    name: 'DPDK could not add a group',
    facts: {
      messages: messages(['EAL: 0000:5e:00.3 cannot add VFIO group to container, error 22 (Invalid argument)']),
    },
    expect: ['set-container-einval@0000:5e:00.3'],
    confidence: 'possible',
  },
  {
    name: 'DPDK found no kind of IOMMU',
    facts: { messages: messages(['EAL: 0000:5e:00.3 failed to select IOMMU type']) },
    expect: ['container-refused@0000:5e:00.3'],
    confidence: 'possible',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
