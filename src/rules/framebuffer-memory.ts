import type { Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'
import { messagesWith } from './messages.ts'

/**
 * The lines that put a framebuffer of firmware inside the memory that a message names (`[mem 0xe0000000-0xefffffff`):
 * the drivers print where they begin, /proc/iomem shows what they hold.
 */
export function framebuffersIn(messages: Fact<MessageList>, refused: string): readonly MessageHit[] {
  const range = /\[mem 0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})/.exec(refused)
  if (range === null) return []
  const [start, end] = [BigInt(`0x${range[1]}`), BigInt(`0x${range[2]}`)]
  return messagesWith(messages, 'firmware-framebuffer', 'iomem-framebuffer').filter((hit) => {
    const address = hit.values['address'] ?? ''
    if (!/^(?:0x)?[0-9a-f]{1,16}$/i.test(address)) return false
    const at = BigInt(address.startsWith('0x') ? address : `0x${address}`)
    return at >= start && at <= end
  })
}
