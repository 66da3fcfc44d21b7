import { array, assert, integer, property, string, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tableBytes, tableRow, tableSignature, type TableRow } from '../../src/parse/acpi-text.ts'

describe('a row of an ACPI table', () => {
  it.each([
    ['[000h 0000   4]                    Signature : "DMAR"    [DMA Remapping table]', 0, [0x44, 0x4d, 0x41, 0x52]],
    ['[004h 0004   4]                 Table Length : 00000506', 4, [0x06, 0x05, 0, 0]],
    ['[024h 0036 001h]          Host Address Width : 2D', 0x24, [0x2d]],
    ['[046h 0070   2]                     PCI Path : 1C,03', 0x46, [0x1c, 0x03]],
    ['[018h 0024   4]              Asl Compiler ID : "AMD "', 0x18, [0x41, 0x4d, 0x44, 0x20]],
    [
      '[026h 0038  10]                     Reserved : 00 01 02 03 04 05 06 07 08 09',
      0x26,
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    ['0010: 4D 20 45 01                                       M E.', 0x10, [0x4d, 0x20, 0x45, 0x01]],
  ])('%s', (text, offset, bytes) => {
    expect(tableRow(text)).toEqual({ offset, bytes })
  })

  it.each(['[    0.000000] ACPI: DMAR 0x0 0000F8', '00: 86 80', '00:01.0 Host bridge: X', ''])(
    'none is: %s',
    (text) => {
      expect(tableRow(text)).toBeNull()
    },
  )

  it('never throws', () => {
    assert(property(string(), (text) => void tableRow(text)))
  })
})

describe('a table', () => {
  const table = array(integer({ min: 0, max: 255 }), { minLength: 36, maxLength: 400 }).map((bytes) => {
    const all = Uint8Array.from(bytes)
    all.set([0x49, 0x56, 0x52, 0x53])
    new DataView(all.buffer).setUint32(4, all.length, true)
    return all
  })

  it('comes out of its dump as it went in', () => {
    assert(
      property(table, (bytes) => {
        const rows: TableRow[] = []
        for (let at = 0; at < bytes.length; at += 16) {
          const piece = [...bytes.subarray(at, at + 16)]
          const text = piece.map((one) => one.toString(16).padStart(2, '0')).join(' ')
          const row = tableRow(`${at.toString(16).padStart(4, '0')}: ${text}`)
          if (row !== null) rows.push(row)
        }
        expect(tableSignature(rows[0] as TableRow)).toBe('IVRS')
        expect(tableBytes(rows)).toEqual(bytes)
      }),
    )
  })

  it('comes out of its words as it went in, whatever the widths of its fields', () => {
    assert(
      property(tuple(table, array(integer({ min: 1, max: 8 }), { minLength: 1 })), ([bytes, widths]) => {
        const rows: TableRow[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const piece = [...bytes.subarray(at, at + (widths[turn % widths.length] ?? 1))]
          const number = piece
            .toReversed()
            .map((one) => one.toString(16).padStart(2, '0'))
            .join('')
          const row = tableRow(
            `[${at.toString(16).padStart(3, '0')}h ${String(at).padStart(4, '0')}   ${piece.length}]    A Field : ${number}`,
          )
          if (row !== null) rows.push(row)
          at += piece.length
        }
        expect(tableBytes(rows)).toEqual(bytes)
      }),
    )
  })

  it('with a row missing is none', () => {
    const row = (offset: number, bytes: number[]): TableRow => ({ offset, bytes })
    expect(tableBytes([row(0, [0x44, 0x4d, 0x41, 0x52]), row(4, [12, 0, 0, 0])])).toBeNull()
    expect(tableBytes([row(0, [0x44, 0x4d, 0x41, 0x52]), row(4, [12, 0, 0, 0]), row(9, [1, 2, 3])])).toBeNull()
    expect(tableBytes([])).toBeNull()
  })
})
