import type { Message } from '../message.ts'
import { KERNEL_DRIVER_CORE } from './kernel-driver-core.ts'
import { KERNEL_FRAMEBUFFER } from './kernel-framebuffer.ts'
import { KERNEL_IOMMU } from './kernel-iommu.ts'
import { KERNEL_IOMMU_AMD } from './kernel-iommu-amd.ts'
import { KERNEL_IOMMU_ARM } from './kernel-iommu-arm.ts'
import { KERNEL_IOMMU_INTEL } from './kernel-iommu-intel.ts'
import { KERNEL_KVM } from './kernel-kvm.ts'
import { KERNEL_PCI } from './kernel-pci.ts'
import { KERNEL_SECURITY } from './kernel-security.ts'
import { KERNEL_SRIOV } from './kernel-sriov.ts'
import { KERNEL_VFIO } from './kernel-vfio.ts'
import { KMOD } from './kmod.ts'
import { messagesIn } from './table.ts'

/** The id of a message that a kernel log may hold. */
export type LogMessageId =
  | keyof typeof KERNEL_DRIVER_CORE
  | keyof typeof KERNEL_VFIO
  | keyof typeof KERNEL_IOMMU
  | keyof typeof KERNEL_IOMMU_INTEL
  | keyof typeof KERNEL_IOMMU_AMD
  | keyof typeof KERNEL_IOMMU_ARM
  | keyof typeof KERNEL_PCI
  | keyof typeof KERNEL_SRIOV
  | keyof typeof KERNEL_KVM
  | keyof typeof KERNEL_FRAMEBUFFER
  | keyof typeof KERNEL_SECURITY
  | keyof typeof KMOD

let byId: ReadonlyMap<string, Message> | undefined

/**
 * What a kernel log may hold, by id: the messages of the kernel, and of the programs that load modules early in the
 * boot, which write to /dev/kmsg (systemd-modules-load, udev).
 */
export function logMessages(): ReadonlyMap<string, Message> {
  return (byId ??= messagesIn({
    'driver-core': KERNEL_DRIVER_CORE,
    vfio: KERNEL_VFIO,
    'iommu-core': KERNEL_IOMMU,
    'iommu-intel': KERNEL_IOMMU_INTEL,
    'iommu-amd': KERNEL_IOMMU_AMD,
    'iommu-arm': KERNEL_IOMMU_ARM,
    pci: { ...KERNEL_PCI, ...KERNEL_SRIOV },
    kvm: KERNEL_KVM,
    framebuffer: KERNEL_FRAMEBUFFER,
    security: KERNEL_SECURITY,
    kmod: KMOD,
  }))
}
