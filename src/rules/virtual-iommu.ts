import { valueOf } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import type { Foreign } from './architecture.ts'

const THERE: Action = {
  do: 'advise',
  say: 'If what you want to pass through hangs on the physical machine, run vfio-doctor there.',
}

/** Clouds rent out virtual machines whose owner cannot add a virtual IOMMU. */
export function isCloud(hypervisor: string): boolean {
  return /^(Amazon EC2|Google Compute Engine|Alibaba Cloud)$/.test(hypervisor)
}

/** What gives a q35 machine Intel's IOMMU with interrupt remapping. */
const INTEL = {
  xml: "<features><ioapic driver='qemu'/></features>\n<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>",
  qemu: '-machine q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on',
  proxmox: 'machine: q35,viommu=intel',
}

/**
 * How the IOMMU of a virtual machine comes to remap interrupts: on the host that defines it. To let vfio do without is
 * the wrong cure where QEMU gave an Intel IOMMU whose DMAR table lacks INTR_REMAP: it sets the flag with intremap=on
 * (hw/i386/acpi-build.c: build_dmar_q35). With others remapping may be out of reach: virtio's has none, and newer kernels
 * refuse the table that QEMU makes for AMD's.
 */
export function remappingRemedy(hypervisor: string, acpi: Facts['acpi'], allowed: boolean): readonly Action[] {
  const qemu = hypervisor === 'KVM' || hypervisor === 'QEMU'
  const there: Action = qemu
    ? {
        do: 'change-guest',
        say: 'Turn on interrupt remapping of the virtual IOMMU on the host that runs this machine; the interrupt controller must be split for it.',
        ...INTEL,
      }
    : {
        do: 'advise',
        say: `If ${hypervisor} can give the virtual IOMMU of this machine interrupt remapping, switch it on where this machine is defined.`,
      }
  const tables = valueOf(acpi)
  const switchable = qemu && tables !== undefined && valueOf(tables.dmar)?.interruptRemapping === false
  return allowed || switchable ? [there] : [there, { do: 'unsafe-interrupts' }]
}

/** How a virtual machine gets an IOMMU of its own, by what runs it. */
export function viommuRemedy(hypervisor: string, kind: Foreign | undefined): readonly Action[] {
  if (isCloud(hypervisor))
    return [{ do: 'advise', say: 'Rent an instance type that is bare metal; those have an IOMMU.' }]
  if (hypervisor === 'VMware')
    return [
      THERE,
      {
        do: 'advise',
        say: 'In the processor settings of this virtual machine, tick "Expose IOMMU to the guest OS"; it wants EFI firmware and memory that is reserved.',
      },
    ]
  if (
    hypervisor === 'VirtualBox' ||
    hypervisor === 'Hyper-V' ||
    hypervisor === 'Parallels' ||
    hypervisor === 'Apple Virtualization' ||
    // They drive the IOMMU of the hardware and emulate none for a guest (xen/drivers/passthrough; bhyve(8)).
    hypervisor === 'Xen' ||
    hypervisor === 'bhyve'
  )
    return [
      THERE,
      {
        do: 'advise',
        say: `No way is known to get an IOMMU that could hand devices on from ${hypervisor}. Use a bare machine, or QEMU with KVM below.`,
      },
    ]
  if (kind !== undefined)
    return [
      THERE,
      {
        do: 'change-guest',
        say: 'For a guest within this guest, give this virtual machine a virtual IOMMU on the host that runs it.',
        xml: "<iommu model='virtio'/>",
        qemu: '-device virtio-iommu-pci',
      },
    ]
  return [
    THERE,
    {
      do: 'change-guest',
      say: 'For a guest within this guest, give this virtual machine a virtual IOMMU (q35 machine) on the host that runs it.',
      ...INTEL,
    },
  ]
}
