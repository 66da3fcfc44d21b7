import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/knowledge/message.ts'
import { allMessages } from '../../src/knowledge/messages/all.ts'
import { packShelf, shelve, unpackShelf, type Shelf } from '../../src/parse/shelf.ts'
import { logShelf } from '../../src/parse/shelves/log.ts'
import { wholeShelf } from '../../src/parse/shelves/all.ts'

function messagesOn({ keys, message }: Shelf): readonly Message[] {
  return keys.map((_, number) => message(number))
}

describe('a shelf of messages', () => {
  it.each([
    ['what a kernel log may hold', logShelf],
    ['all', wholeShelf],
  ])('is the same after it was packed, as the build packs it: %s', (_, open) => {
    const shelf = open()
    const again = unpackShelf(JSON.parse(JSON.stringify(packShelf(shelf))))
    expect(again.keys).toEqual(shelf.keys)
    expect(messagesOn(again)).toEqual(messagesOn(shelf))
  })

  it('holds every message, under the number it was given', () => {
    expect(messagesOn(wholeShelf())).toEqual([...allMessages()])
  })

  it('takes no message in which there is nothing to look for', () => {
    const [first] = allMessages()
    if (first === undefined) throw new Error('no messages')
    expect(() => shelve([{ ...first, text: 'no {word} yet' }])).toThrow('6 fixed characters in a row')
    expect(() => shelve([first]).message(1)).toThrow('no message has the number 1')
  })
})
