import type { Message } from '../message.ts'
import { DPDK } from './dpdk.ts'
import { KUBEVIRT } from './kubevirt.ts'
import { LIBVIRT } from './libvirt.ts'
import { logMessages, type LogMessageId } from './log.ts'
import { LXD } from './lxd.ts'
import { PROXMOX } from './proxmox.ts'
import { QEMU } from './qemu.ts'
import { QEMU_OLD } from './qemu-old.ts'
import { RUST_VMM } from './rust-vmm.ts'
import { SHELL } from './shell.ts'
import { messagesIn } from './table.ts'
import { TRUENAS } from './truenas.ts'
import { VFIO_TOOLS } from './vfio-tools.ts'
import { XEN } from './xen.ts'

/** The id of a known message. */
export type MessageId =
  | LogMessageId
  | keyof typeof QEMU
  | keyof typeof QEMU_OLD
  | keyof typeof LIBVIRT
  | keyof typeof LXD
  | keyof typeof PROXMOX
  | keyof typeof KUBEVIRT
  | keyof typeof SHELL
  | keyof typeof DPDK
  | keyof typeof VFIO_TOOLS
  | keyof typeof RUST_VMM
  | keyof typeof TRUENAS
  | keyof typeof XEN

let byId: ReadonlyMap<string, Message> | undefined

function table(): ReadonlyMap<string, Message> {
  return (byId ??= new Map([
    ...logMessages(),
    ...messagesIn({
      qemu: { ...QEMU, ...QEMU_OLD },
      libvirt: LIBVIRT,
      lxd: LXD,
      proxmox: PROXMOX,
      kubevirt: KUBEVIRT,
      shell: SHELL,
      dpdk: { ...DPDK, ...VFIO_TOOLS },
      'rust-vmm': RUST_VMM,
      truenas: TRUENAS,
      xen: XEN,
    }),
  ]))
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
