import type { Message } from '../knowledge/message.ts'
import { keyOf } from './message-key.ts'

/** Messages by number from 0 on, each with the key under which it is looked up. */
export interface Shelf {
  readonly keys: readonly number[]
  message(number: number): Message
}

export function shelve(messages: Iterable<Message>): Shelf {
  const list = [...messages]
  return { keys: list.map(({ text }) => keyOf(text)), message: (number) => taken(list, number) }
}

/** A shelf as text: a line of JSON for each message. */
export interface PackedShelf {
  readonly keys: readonly number[]
  readonly lines: string
}

/**
 * The build packs what it knows at that time: to make hundreds of objects, of which a log needs a few, and to look for
 * the key of each, was a sixth of a diagnosis.
 */
export function packShelf({ keys, message }: Shelf): PackedShelf {
  return { keys, lines: keys.map((_, number) => JSON.stringify(fieldsOf(message(number)))).join('\n') }
}

export function unpackShelf({ keys, lines }: PackedShelf): Shelf {
  let cut: readonly string[] | undefined
  const made: Message[] = []
  return {
    keys,
    message: (number) => (made[number] ??= messageFrom(JSON.parse(taken((cut ??= lines.split('\n')), number)))),
  }
}

type Fields = readonly [
  Message['id'],
  Message['layer'],
  Message['topic'],
  Message['text'],
  Message['example'],
  Message['severity'],
  Message['family'],
  Message['meaning'],
  Message['names'],
  Message['alone'],
  Message['harmless'],
]

function fieldsOf(one: Message): Fields {
  const { id, layer, topic, text, example, severity, family, meaning, names, alone, harmless } = one
  return [id, layer, topic, text, example, severity, family, meaning, names, alone, harmless]
}

function messageFrom(fields: Fields): Message {
  const [id, layer, topic, text, example, severity, family, meaning, names, alone, harmless] = fields
  return { id, layer, topic, text, example, severity, family, meaning, names, alone, harmless }
}

function taken<T>(list: readonly T[], number: number): T {
  const one = list[number]
  if (one === undefined) throw new Error(`no message has the number ${number}`)
  return one
}
