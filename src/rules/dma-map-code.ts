import type { MessageHit } from '../model/log.ts'
import { barIsFatal, invalidBecause, refusedMap } from './dma-map.ts'

/** The kinds of trouble that a refused mapping comes to. */
export type DmaMapCode =
  | 'dma-map-enomem'
  | 'dma-entry-limit'
  | 'dma-map-reserved'
  | 'dma-map-too-high'
  | 'dma-map-einval'
  | 'dma-map-unpinnable'
  | 'dma-map-overlap'
  | 'dma-bar-not-mapped'
  | 'dma-map-failed'

const WHY: Readonly<Record<string, DmaMapCode>> = {
  ENOMEM: 'dma-map-enomem',
  ENOSPC: 'dma-entry-limit',
  EEXIST: 'dma-map-overlap',
  EBUSY: 'dma-map-overlap',
}

/** What else the output holds. */
export interface Around {
  readonly intel: boolean
  /** Address bits that the IOMMU translates at the least. */
  readonly reach: number
  /** QEMU said that only peer-to-peer traffic is lost. */
  readonly peers: boolean
  /** A line with the call and its addresses is there. */
  readonly called: boolean
  readonly errors: readonly string[]
}

/** What a message about a mapping proves; `mixed`: several errors in turn, of something that tried again. */
export function codeOf(
  hit: MessageHit,
  { intel, reach, peers, called, errors }: Around,
  mixed: boolean,
): DmaMapCode | undefined {
  if (hit.id.startsWith('q-p2p-')) return 'dma-bar-not-mapped'
  if (hit.id === 'q-virtio-mem-limit' || hit.id === 'k-slots') return 'dma-entry-limit'
  const map = refusedMap(hit)
  if (map === undefined || barIsFatal(hit)) return undefined
  // The line with the call says all that the lines around it say.
  if (called && map.iova === null && hit.id !== 'q-ioas-map-bar') return undefined
  if (hit.id === 'q-dma-fatal' && errors.length > 0) return undefined
  if (mixed) return 'dma-map-failed'
  // QEMU prints the wrong number where another call came between; the line before it has the words.
  const known = map.error ?? (errors.length === 1 ? errors[0] : undefined)
  if ((peers || (map.bar && hit.layer !== 'rust-vmm')) && known !== 'ENOSPC' && known !== 'ENOMEM')
    return 'dma-bar-not-mapped'
  if (known === 'EFAULT') return 'dma-map-unpinnable'
  if (known !== 'EINVAL') return WHY[known ?? ''] ?? 'dma-map-failed'
  return `dma-map-${invalidBecause(map, intel, reach)}`
}
