import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { messageById } from '../../src/knowledge/messages/all.ts'
import { recognise } from '../../src/parse/messages.ts'
import { LEFT_OUT } from './left-out.ts'
import { WHOLE } from '../support/vocabulary.ts'

/** The tables that the messages were written from lie beside a checkout of their author, and nowhere else. */
const SOURCES = ['messages-kernel.tsv', 'messages-userspace.tsv'].map(
  (name) => new URL(`../../../shared/knowledge/${name}`, import.meta.url),
)
/** Where the tables and the source that prints the message disagree, the source is followed. */
const BY_SOURCE: Readonly<Record<string, string>> = {
  // iommufd_device_bind in drivers/iommu/iommufd/device.c prints it where it goes on, and nothing where it refuses.
  'iommufd-no-intr-remap': 'warn',
}
const ROWS = SOURCES.filter((source) => existsSync(source)).flatMap((source) =>
  readFileSync(source, 'utf8')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t')
      return { id: cells[0] ?? '', example: cells[4] ?? '', severity: cells[6] ?? '', family: cells[7] ?? '' }
    }),
)

describe.skipIf(ROWS.length === 0)('the source tables', () => {
  it.each(ROWS)(
    '$id is recognised from its example, or left out with a reason',
    ({ id, example, severity, family }) => {
      const text = example.replaceAll('\\n', ' ')
      const hits = recognise([{ text, line: 1, time: null, wall: null }], 'table', true, WHOLE).hits.map(
        (hit) => hit.id,
      )
      expect(hits).toContain(LEFT_OUT[id]?.as ?? id)
      if (LEFT_OUT[id] === undefined)
        expect(messageById(id)).toMatchObject({ severity: BY_SOURCE[id] ?? severity, family })
    },
  )

  it('have every row that is left out', () => {
    const ids = new Set(ROWS.map((row) => row.id))
    expect(Object.keys(LEFT_OUT).filter((id) => !ids.has(id))).toEqual([])
  })
})

describe('what is left out of the source tables', () => {
  it.each(Object.entries(LEFT_OUT))('%s is covered by a message that exists', (_, { as, because }) => {
    expect(messageById(as)).toBeDefined()
    expect(because).not.toBe('')
  })
})
