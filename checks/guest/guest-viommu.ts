import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'guest-viommu-mode': [
    'x-caching',
    'x-caching-new',
    'x-caching-dev',
    'x-snoop',
    'x-devtlb',
    'x-amd',
    'x-amd-new',
    'x-viommu-alias',
    'x-viommu-pgmask',
  ],
  'guest-viommu-machine': ['x-machine-iommu', 'l-iommu-q35'],
  'guest-viommu-interrupts': ['x-intremap', 'x-eim', 'x-eim-kvm', 'l-iommu-intremap', 'l-iommu-eim'],
  'guest-viommu-width': ['x-awbits'],
  'guest-address-bits': ['m-physbits'],
} as const

export const check: AnyCheck = defineCheck({
  id: 'guest-viommu',
  area: 'guest',
  title: 'The virtual IOMMU and the address bits of the guest fit its devices',
  needs: [],
  uses: ['messages'],
  problems: {
    'guest-viommu-mode': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The virtual IOMMU of the guest is not set up for passed devices',
      summary:
        'QEMU must hear of each mapping that the guest makes. An Intel vIOMMU does so with caching mode on only; the AMD one, and some options of the others, do not go with passed devices on this version.',
      proof: 'The message of QEMU.',
      ruledOut: 'A guest without a virtual IOMMU, or with caching mode on.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Turn caching mode on, or leave the virtual IOMMU out if the guest does not pass devices on itself.',
          xml: "<features><ioapic driver='qemu'/></features>\n<iommu model='intel'><driver caching_mode='on' intremap='on'/></iommu>",
          qemu: '-device intel-iommu,caching-mode=on,intremap=on',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/i386/intel_iommu.c: vtd_iommu_notify_flag_changed', 'QEMU hw/i386/amd_iommu.c'],
    },
    'guest-viommu-machine': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The virtual IOMMU needs the machine type q35',
      summary: 'The guest has the machine type i440fx, for which QEMU offers no Intel or AMD vIOMMU.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A machine type that begins with q35 or pc-q35.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Use q35 for this guest, or leave the virtual IOMMU out.',
          qemu: '-machine q35',
          proxmox: 'machine: q35',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/i386/x86-iommu.c', 'libvirt src/qemu/qemu_validate.c'],
    },
    'guest-viommu-interrupts': {
      severity: 'fail',
      family: 'guest-config',
      title: 'Interrupt remapping in the guest needs a split interrupt controller',
      summary:
        'The virtual IOMMU is to remap interrupts (or to serve more than 255 processors), and the interrupt controller of the guest is wholly in the kernel, where QEMU cannot do so.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'kernel-irqchip=split in the guest.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Split the interrupt controller.',
          xml: "<features><ioapic driver='qemu'/></features>",
          qemu: '-machine q35,kernel-irqchip=split',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/i386/x86-iommu.c', 'libvirt src/conf/domain_validate.c'],
    },
    'guest-viommu-width': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'The virtual IOMMU of the guest is wider than the IOMMU of this host',
      summary:
        'The guest could map addresses that the host cannot translate; many desktop processors translate 39 bits. The width of the virtual one must not exceed it.',
      proof: 'QEMU compared aw-bits with the width of the host.',
      ruledOut: 'aw-bits of the guest at or below that of the host.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Narrow the virtual IOMMU.',
          xml: "<iommu model='intel'><driver aw_bits='39'/></iommu>",
          qemu: '-device intel-iommu,aw-bits=39',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/i386/intel_iommu.c: vtd_check_hiod', 'Intel VT-d specification, capability register MGAW'],
    },
    'guest-address-bits': {
      severity: 'fail',
      family: 'iommu-address-width',
      title: 'Memory and PCI window of the guest do not fit its address bits',
      summary:
        'The memory of the guest and the 64-bit window for its devices go beyond what its processor can address. Less memory, a smaller window or more address bits make it fit.',
      proof: 'The message of QEMU that phys-bits is too low.',
      ruledOut: 'An address limit above memory and window together.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give the virtual processor the address bits of the host.',
          xml: "<maxphysaddr mode='passthrough'/>",
          qemu: '-cpu host,host-phys-bits=on',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/i386/pc.c: pc_memory_init'],
    },
  },
  judge(facts) {
    return concludeOutput(
      raise<keyof typeof CODES>(facts.messages, CODES),
      'no output of a VMM refuses the virtual IOMMU or the address bits of the guest',
    )
  },
})
