import { check } from '../../../checks/kernel/kernel-config.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import type { GuestDefinition, HostDevice } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, environment, kernel, messages, modules } from '../../support/facts.ts'

const ALL = {
  CONFIG_VFIO: 'm',
  CONFIG_VFIO_PCI: 'm',
  CONFIG_IRQ_REMAP: 'y',
  CONFIG_IOMMUFD: 'm',
  CONFIG_VFIO_DEVICE_CDEV: 'y',
  CONFIG_VFIO_PCI_VGA: 'y',
}
function config(patch: Record<string, string> = {}, source = '/boot/config-6.8.0'): Facts['kernelConfig'] {
  return known({ ...ALL, ...patch }, source)
}
function guest(
  options: HostDevice['options'],
  firmware: GuestDefinition['firmware'] = null,
  text = '-device vfio-pci',
): Facts['guests'] {
  const device: HostDevice = {
    address: '0000:01:00.0',
    managed: null,
    romFile: null,
    allFunctions: false,
    options,
    text,
  }
  const one = { machine: null, firmware, memoryBytes: null, running: null, hostDevices: [device] }
  return known([{ ...one, name: 'win', manager: 'qemu', source: 'qemu' }], 'qemu')
}
const x86 = kernel('6.8.0')
const remapped = (value: boolean): Fact<boolean> => known(value, '/proc/interrupts')

checkTable(check, [
  {
    name: 'a cloud kernel without VFIO',
    facts: { kernelConfig: config({ CONFIG_VFIO_PCI: 'n' }), kernel: x86, modules: modules({}) },
    expect: ['config-no-vfio'],
    severity: 'fail',
  },
  {
    name: 'VFIO built apart from the kernel',
    facts: { kernelConfig: config({ CONFIG_VFIO_PCI: 'n' }), modules: modules({ loadable: ['vfio_pci'] }) },
    expect: 'pass',
  },
  {
    name: 'no interrupt remapping in the kernel',
    facts: { kernelConfig: config({ CONFIG_IRQ_REMAP: 'n' }), kernel: x86, interruptRemapping: remapped(false) },
    expect: ['config-no-irq-remap'],
    severity: 'fail',
  },
  {
    name: 'no interrupt remapping in the kernel, and the processor is none of a PC',
    facts: { kernelConfig: config({ CONFIG_IRQ_REMAP: 'n' }), kernel: x86, cpu: cpu('arm') },
    expect: 'pass',
  },
  {
    name: 'the same, and unsafe interrupts allowed',
    facts: {
      kernelConfig: config({ CONFIG_IRQ_REMAP: 'n' }),
      kernel: x86,
      modules: modules({ loaded: ['vfio_pci'], parameters: { vfio_iommu_type1: { allow_unsafe_interrupts: 'Y' } } }),
    },
    expect: ['config-no-irq-remap'],
    severity: 'warn',
  },
  {
    name: 'ARM has no such symbol',
    facts: { kernelConfig: config({ CONFIG_IRQ_REMAP: 'n' }), kernel: kernel('6.8.0', 'aarch64') },
    expect: 'pass',
  },
  {
    name: 'a guest wants iommufd',
    facts: { kernelConfig: config({ CONFIG_IOMMUFD: 'n' }), guests: guest({ iommufd: 'iommufd0' }) },
    expect: ['config-no-iommufd'],
  },
  { name: 'nobody wants iommufd', facts: { kernelConfig: config({ CONFIG_IOMMUFD: 'n' }) }, expect: 'pass' },
  {
    name: 'no group interface',
    facts: { kernelConfig: config({ CONFIG_VFIO_GROUP: 'n' }) },
    expect: ['config-no-vfio-group'],
    severity: 'warn',
  },
  {
    name: 'a guest wants x-vga',
    facts: { kernelConfig: config({ CONFIG_VFIO_PCI_VGA: 'n' }), guests: guest({ 'x-vga': 'on' }) },
    expect: ['config-no-vfio-vga'],
  },
  ...(
    [
      ['Proxmox with OVMF, which keeps it from QEMU', 'uefi', 'hostpci0: 0000:01:00,pcie=1,x-vga=1', 'pass'],
      ['Proxmox with SeaBIOS', 'bios', 'hostpci0: 0000:01:00,x-vga=1', ['config-no-vfio-vga']],
      ['QEMU with OVMF, which is given it', 'uefi', '-device vfio-pci,x-vga=on', ['config-no-vfio-vga']],
    ] as const
  ).map(([name, firmware, text, expect]) => ({
    name,
    facts: { kernelConfig: config({ CONFIG_VFIO_PCI_VGA: 'n' }), guests: guest({ 'x-vga': '1' }, firmware, text) },
    expect,
  })),
  {
    name: 'QEMU says so',
    facts: {
      kernelConfig: config({ CONFIG_VFIO_PCI_VGA: 'n' }),
      messages: messages(['vfio 0000:01:00.0: device does not support requested feature x-vga']),
    },
    expect: ['config-no-vfio-vga'],
  },
  {
    name: 'a post that shows one line leaves the others open',
    facts: { kernelConfig: known({ CONFIG_INTEL_IOMMU: 'y' }, 'paste, line 3'), kernel: x86 },
    expect: 'unknown',
  },
  { name: 'all is there', facts: { kernelConfig: config(), kernel: x86 }, expect: 'pass' },
  { name: 'no configuration', facts: {}, expect: 'unknown' },
  {
    name: 'the kernel of WSL, which has no devices to give',
    facts: {
      kernelConfig: known({ CONFIG_KVM: 'y' }, '/proc/config.gz'),
      modules: modules({}),
      environment: environment({ hypervisor: 'Hyper-V', wsl: true }),
    },
    expect: 'skip',
  },
  {
    name: 'a kernel for the control domain of Xen, which has no use for VFIO',
    facts: {
      kernelConfig: known({ CONFIG_XEN_DOM0: 'y' }, '/boot/config'),
      kernel: kernel('4.19.0'),
      modules: modules({}),
      environment: environment({ hypervisor: 'Xen', xenDom0: true }),
    },
    expect: 'skip',
  },
])
