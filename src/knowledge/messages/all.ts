import type { Layer, Message, MessageEntry } from '../message.ts'
import { DPDK } from './dpdk.ts'
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
import { LIBVIRT } from './libvirt.ts'
import { LXD } from './lxd.ts'
import { PROXMOX } from './proxmox.ts'
import { QEMU } from './qemu.ts'
import { QEMU_OLD } from './qemu-old.ts'
import { RUST_VMM } from './rust-vmm.ts'
import { SHELL } from './shell.ts'
import { XEN } from './xen.ts'

/** The id of a known message. */
export type MessageId =
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
  | keyof typeof QEMU
  | keyof typeof QEMU_OLD
  | keyof typeof LIBVIRT
  | keyof typeof LXD
  | keyof typeof PROXMOX
  | keyof typeof KMOD
  | keyof typeof SHELL
  | keyof typeof DPDK
  | keyof typeof RUST_VMM
  | keyof typeof XEN

const TABLES: Readonly<Record<Layer, Readonly<Record<string, MessageEntry>>>> = {
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
  qemu: { ...QEMU, ...QEMU_OLD },
  libvirt: LIBVIRT,
  lxd: LXD,
  proxmox: PROXMOX,
  kmod: KMOD,
  shell: SHELL,
  dpdk: DPDK,
  'rust-vmm': RUST_VMM,
  xen: XEN,
}

let byId: ReadonlyMap<string, Message> | undefined

function table(): ReadonlyMap<string, Message> {
  if (byId !== undefined) return byId
  const built = new Map<string, Message>()
  for (const layer in TABLES) {
    const entries = TABLES[layer as Layer]
    for (const id in entries) {
      const entry = entries[id]
      if (entry !== undefined) built.set(id, messageOf(id, layer as Layer, entry))
    }
  }
  return (byId = built)
}

function messageOf(id: string, layer: Layer, entry: MessageEntry): Message {
  // Field by field: a spread is several times slower, and there are six hundred.
  return {
    id,
    layer,
    topic: entry.topic ?? id,
    file: entry.file,
    text: entry.text,
    example: entry.example,
    since: entry.since,
    severity: entry.severity,
    family: entry.family,
    meaning: entry.meaning,
    names: entry.names ?? 'nothing',
    alone: entry.alone ?? false,
    harmless: entry.family === 'healthy',
  }
}

/** Every known message, table by table. */
export function allMessages(): Iterable<Message> {
  return table().values()
}

export function messageById(id: string): Message | undefined {
  return table().get(id)
}

/** The topics, sorted. */
export function messageTopics(): readonly string[] {
  return [...new Set(Array.from(allMessages(), (message) => message.topic))].sort()
}
