import type { MessageHit } from '../model/log.ts'

/** One refused mapping, as QEMU prints it: `vfio_dma_map(container, iova, size, vaddr) = -22 (…)`. */
export interface RefusedMap {
  readonly error: string | undefined
  /** Address as the device sees it, and the bytes; null where the message does not say. */
  readonly iova: bigint | null
  readonly size: bigint | null
  /** The region is the memory of another device (its BAR), which matters for peer-to-peer traffic alone. */
  readonly bar: boolean
}

const NAMES: Readonly<Record<string, string>> = {
  '12': 'ENOMEM',
  '14': 'EFAULT',
  '16': 'EBUSY',
  '17': 'EEXIST',
  '22': 'EINVAL',
  '28': 'ENOSPC',
}

/** How the ids of QEMU's messages begin. */
const OF_QEMU = ['q-map-', 'q-legacy-map', 'q-ioas-map', 'q-dma-fatal', 'q-listener-init'] as const

/** Reads a message about a refused mapping (hw/vfio/listener.c, container.c of QEMU; DPDK; rust-vmm); undefined for others. */
export function refusedMap(hit: MessageHit): RefusedMap | undefined {
  if (hit.id.startsWith('rv-dma-map') || hit.id.startsWith('rv-ioas-map'))
    return { error: hit.values['error'], iova: null, size: null, bar: /MMIO region|VfioMapRegion/.test(hit.text) }
  if (hit.id.startsWith('dpdk-dma-')) return { error: hit.values['error'], iova: null, size: null, bar: false }
  if (!OF_QEMU.some((start) => hit.id.startsWith(start))) return undefined
  const call = /dma_map\([^,]*,\s*(0x[0-9a-f]+),\s*(0x[0-9a-f]+)/i.exec(hit.text)
  const number = /(?:= |DMA: ?|DMA failed: )-(\d+)\b/.exec(hit.text)?.[1]
  return {
    error: number === undefined ? hit.values['error'] : NAMES[number],
    iova: call === null ? null : BigInt(call[1] ?? '0'),
    size: call === null ? null : BigInt(call[2] ?? '0'),
    bar: /\bBAR\b|p2p|peer-to-peer/i.test(hit.text),
  }
}

/** A VMM of rust-vmm ends where QEMU goes on: it could not map the BAR of a device for the other devices. */
export function barIsFatal(hit: MessageHit): boolean {
  if (hit.layer !== 'rust-vmm') return false
  const map = refusedMap(hit)
  return map?.bar === true && (map.error === 'EFAULT' || map.error === 'EINVAL')
}

/** The interrupt window of x86, in which no device memory can lie (arch/x86/include/asm/apicdef.h). */
function inMsiWindow(iova: bigint, size: bigint): boolean {
  return iova < 0xfef00000n && iova + size > 0xfee00000n
}

/** The hole of HyperTransport, which AMD processors keep to themselves (AMD I/O virtualization specification 2.1.2). */
function inHyperTransportHole(iova: bigint, size: bigint): boolean {
  return iova < 0x10000000000n && iova + size > 0xfd00000000n
}

/** What a mapping that was refused as invalid meets: a range that the host keeps, the end of what its IOMMU translates. */
export function invalidBecause(
  { iova, size }: RefusedMap,
  intel: boolean,
  reach: number,
): 'reserved' | 'too-high' | 'einval' {
  if (iova === null || size === null) return 'einval'
  if (inMsiWindow(iova, size) || (!intel && inHyperTransportHole(iova, size))) return 'reserved'
  return iova + size > 1n << BigInt(reach) ? 'too-high' : 'einval'
}
