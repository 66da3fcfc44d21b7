import { defineCheck, type AnyCheck } from '../../src/model/check.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { heldByDisplay, WITHOUT_DISPLAY } from '../../src/rules/guest-display.ts'
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
  'guest-without-bus': ['p-nobus'],
  'guest-bus-unknown': ['p-bus-unknown'],
  'guest-slot': [
    'p-singlefn',
    'p-fn0',
    'p-noslot',
    'p-slotused',
    'p-badslot',
    'l-addrtype',
    'l-function-zero',
    'l-function-zero-old',
  ],
  'guest-slot-invisible': ['p-slot0only'],
  'guest-hotplug': ['p-nohotplug', 'l-hotplug-subsys', 'l-cannot-unplug-mf', 'l-unplug-ctrl'],
} as const

export const check: AnyCheck = defineCheck({
  id: 'guest-topology',
  area: 'guest',
  title: 'The virtual IOMMU, buses and addresses of the guest fit its devices',
  needs: ['messages'],
  uses: [],
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
    'guest-without-bus': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest has no {bus} bus with room for {model}',
      summary:
        'A passed device needs a PCI bus in the guest. The machine type microvm has none unless it is given pcie=on, and a bus without a free slot does not count.',
      proof: 'The message of QEMU.',
      ruledOut: 'A machine type with a PCI bus (q35, pc, virt) and a free slot.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Use a machine type with a PCI Express bus, or switch that bus on.',
          qemu: '-machine q35   (or: -machine microvm,pcie=on)',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU system/qdev-monitor.c: qdev_device_add_from_qdict', 'QEMU docs/system/i386/microvm.rst'],
    },
    'guest-bus-unknown': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The guest names a bus that its machine does not have: {bus}',
      summary:
        'Each machine type has buses of its own: pci.0 on i440fx and on none of the others, pcie.0 on q35 and on the Arm virt machine, ide.N on x86 alone. A bus below a port exists only where the port was defined before the device.',
      proof: 'The message of QEMU.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Name a bus that the machine type has, or add the port that makes it.',
          qemu: '-device pcie-root-port,id=rp1 -device vfio-pci,host=ADDRESS,bus=rp1',
          proxmox: 'machine: q35   (needed for pcie=1)',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU system/qdev-monitor.c: qbus_find'],
    },
    'guest-slot': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The place of the device on the bus of the guest does not work',
      summary:
        'A slot is taken, full or out of range, or several functions were given without multifunction on the first. The line names the slot.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Give each device a free guest address; several functions of one slot need multifunction on function 0.',
          xml: "<address type='pci' domain='0' bus='0x01' slot='0x00' function='0x0' multifunction='on'/>",
          qemu: '-device vfio-pci,host=ADDRESS,multifunction=on',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/pci/pci.c: do_pci_register_device, pci_init_multifunction'],
    },
    'guest-slot-invisible': {
      severity: 'warn',
      family: 'guest-config',
      title: 'The guest will not see the device: only slot 0 exists below a PCIe port',
      summary:
        'A PCI Express port has one slot, number 0. QEMU starts with the device in another slot, and no guest looks there.',
      proof: 'The warning of QEMU.',
      ruledOut: 'Guest address 00.x below each port.',
      remedy: [
        {
          do: 'change-guest',
          say: 'Put the device at slot 0 of its port.',
          qemu: '-device vfio-pci,host=ADDRESS,bus=PORT,addr=00.0',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/pci/pci.c: pcie_has_upstream_port'],
    },
    'guest-hotplug': {
      severity: 'fail',
      family: 'guest-config',
      title: 'The device cannot be plugged in or out where it is while the guest runs',
      summary:
        'The root bus of a q35 guest takes no hot-plug, and neither do single functions of a device. Plug devices into a PCIe root port that was there from the start, or change the guest while it is off.',
      proof: 'The message of QEMU or libvirt.',
      ruledOut: 'A free root port in the guest.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Add empty root ports for later.',
          xml: "<controller type='pci' model='pcie-root-port'/>",
          qemu: '-device pcie-root-port,id=rp1',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU docs/pcie.txt', 'libvirt src/qemu/qemu_hotplug.c'],
    },
  },
  judge(facts) {
    const hits = raise<keyof typeof CODES>(facts.messages, CODES).map((hit) =>
      hit.code === 'guest-slot' && heldByDisplay(hit.values?.['line'] ?? '')
        ? { ...hit, remedy: WITHOUT_DISPLAY }
        : hit,
    )
    return concludeOutput(hits, 'no output of a VMM refuses the virtual IOMMU, a bus or an address of the guest')
  },
})
