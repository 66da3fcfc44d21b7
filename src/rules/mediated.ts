import type { MessageHit } from '../model/log.ts'

const UUID = /\bvfio [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}: /i

/** Whether a message of QEMU is about a part of a device: it names it by a UUID, as it names a whole one by its address. */
export function aboutPart(hit: MessageHit): boolean {
  return hit.text.includes('vfio ') && UUID.test(hit.text)
}
