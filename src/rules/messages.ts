import { valueOf, type Fact } from '../model/fact.ts'
import type { MessageHit, MessageList } from '../model/log.ts'

/** The recognised messages with one of these ids or topics, in the order of the text. */
export function messagesWith(messages: Fact<MessageList>, ...ids: readonly string[]): readonly MessageHit[] {
  return (valueOf(messages)?.hits ?? []).filter((hit) => ids.includes(hit.id) || ids.includes(hit.topic))
}

/** Whether a message that is not there was surely never printed: the log was read back to the start of this boot. */
export function provesAbsence(messages: Fact<MessageList>): boolean {
  return valueOf(messages)?.fromBoot === true
}
