import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDmar } from '../../src/parse/dmar.ts'
import { parseIvrs } from '../../src/parse/ivrs.ts'

/** A table with a right length and checksum around these bytes (from offset 36 on). */
function table(signature: string, body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(36 + body.length)
  bytes.set(new TextEncoder().encode(signature))
  bytes.set(le(bytes.length, 4), 4)
  bytes.set(body, 36)
  bytes[9] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff
  return bytes
}

function le(value: number | bigint, size: number): readonly number[] {
  return Array.from({ length: size }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn))
}

const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0)
const HEAD = [38, 0b101, ...zeros(10)]
const UNIT = [...le(0, 2), ...le(24, 2), 0, 0, ...le(1, 2), ...le(0xfed90000, 8), 1, 8, 0, 0, 0, 0, 2, 0]
const CATCH_ALL = [...le(0, 2), ...le(24, 2), 1, 0, ...le(0, 2), ...le(0xfed91000, 8), 3, 8, 0, 0, 2, 0xf0, 0x1f, 0]
const RMRR = [
  ...le(1, 2),
  ...le(34, 2),
  0,
  0,
  ...le(0, 2),
  ...le(0x9e000000n, 8),
  ...le(0x9effffffn, 8),
  // A bridge scope: start bus 5, then 01.0 and 02.1 below it.
  ...le(0x0a02, 4),
  ...le(0x0500, 2),
  ...le(0x0102_0001, 4),
]

describe('DMAR', () => {
  test('units, reserved regions, scopes and flags', () => {
    expect(parseDmar(table('DMAR', [...HEAD, ...UNIT, ...CATCH_ALL, ...RMRR]))).toEqual({
      hostAddressWidth: 39,
      interruptRemapping: true,
      x2apicOptOut: false,
      platformOptIn: true,
      units: [
        {
          segment: 1,
          registerBase: 0xfed90000n,
          includeAll: false,
          scopes: [{ kind: 'endpoint', enumerationId: 0, startBus: 0, path: [{ device: 2, function: 0 }] }],
        },
        {
          segment: 0,
          registerBase: 0xfed91000n,
          includeAll: true,
          scopes: [{ kind: 'ioapic', enumerationId: 2, startBus: 0xf0, path: [{ device: 0x1f, function: 0 }] }],
        },
      ],
      reserved: [
        {
          segment: 0,
          base: 0x9e000000n,
          end: 0x9effffffn,
          scopes: [
            {
              kind: 'bridge',
              enumerationId: 0,
              startBus: 5,
              path: [
                { device: 1, function: 0 },
                { device: 2, function: 1 },
              ],
            },
          ],
        },
      ],
      checksumOk: true,
    })
  })

  test('structures of other types are passed over, and a length of zero ends the table', () => {
    const other = [...le(3, 2), ...le(20, 2), ...zeros(16)]
    expect(parseDmar(table('DMAR', [...HEAD, ...other, ...UNIT]))?.units).toHaveLength(1)
    expect(parseDmar(table('DMAR', [...HEAD, ...zeros(4), ...UNIT]))?.units).toEqual([])
  })

  test('a wrong checksum, and a missing end', () => {
    const bytes = table('DMAR', [...HEAD, ...UNIT])
    expect(parseDmar(bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)))?.checksumOk).toBe(false)
    expect(parseDmar(bytes.subarray(0, 48))).toMatchObject({ units: [], checksumOk: false })
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['another table', table('IVRS', [...HEAD, ...UNIT])],
    ['a header alone', table('DMAR', [])],
    ['a unit that goes past the end', table('DMAR', [...HEAD, ...UNIT.slice(0, 20)])],
    ['a unit too short to be one', table('DMAR', [...HEAD, ...le(0, 2), ...le(8, 2), 0, 0, 0, 0])],
  ])('%s is no table', (_, bytes) => {
    expect(parseDmar(bytes)).toBeNull()
  })

  test('a scope without a length does not hold it up', () => {
    const unit = UNIT.map((byte, at) => (at === 17 ? 0 : byte))
    expect(parseDmar(table('DMAR', [...HEAD, ...unit]))?.units[0]?.scopes).toEqual([])
  })
})

const IVRS_HEAD = zeros(12)
const ENTRIES = [
  [0x02, 0x10, 0, 0],
  [0x48, 0, 0, 0, 33, 0xa0, 0, 1],
  [0x48, 0, 0, 0, 0, 0xa1, 0, 2],
  [0xf0, 0, 0, 0, ...zeros(17), 3, 1, 2, 3],
  [0x48, 0, 0, 0, 34, 1, 0, 1],
].flat()

function ivhd(type: number): readonly number[] {
  const header = type === 0x10 ? 24 : 40
  const length = header + ENTRIES.length
  const fixed = [type, 0, ...le(length, 2), ...le(2, 2), ...le(0x40, 2), ...le(0xfd200000, 8), ...le(1, 2)]
  return [...fixed, ...zeros(header - fixed.length), ...ENTRIES]
}

function ivmd(type: number): readonly number[] {
  return [type, 8, ...le(32, 2), ...le(0x100, 2), ...le(0x1ff, 2), ...zeros(8), ...le(0x75e00000, 8), ...le(0x20000, 8)]
}

describe('IVRS', () => {
  test.each([0x10, 0x11, 0x40])('hardware block %d', (type) => {
    expect(parseIvrs(table('IVRS', [...IVRS_HEAD, ...ivhd(type)]))).toEqual({
      blocks: [
        {
          type,
          deviceId: 2,
          base: 0xfd200000n,
          segment: 1,
          ioapics: [
            { handle: 33, deviceId: 0xa0 },
            { handle: 34, deviceId: 1 },
          ],
        },
      ],
      memory: [],
      checksumOk: true,
    })
  })

  test.each([
    [0x20, 0, 0xffff],
    [0x21, 0x100, 0x100],
    [0x22, 0x100, 0x1ff],
  ])('memory block %d holds for %d to %d', (type, deviceId, endDeviceId) => {
    expect(parseIvrs(table('IVRS', [...IVRS_HEAD, ...ivmd(type)]))?.memory).toEqual([
      { type, flags: 8, deviceId, endDeviceId, start: 0x75e00000n, length: 0x20000n },
    ])
  })

  test('a block that goes past the end', () => {
    expect(parseIvrs(table('IVRS', [...IVRS_HEAD, ...ivmd(0x21).slice(0, 30)]))).toBeNull()
  })
})

describe('any bytes', () => {
  const anyTable = (signature: string) => fc.uint8Array({ maxLength: 300 }).map((body) => table(signature, [...body]))
  test('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseDmar(bytes)).toBeNull()
        expect(parseIvrs(bytes)).toBeNull()
      }),
    )
    fc.assert(fc.property(anyTable('DMAR'), (bytes) => void parseDmar(bytes)))
    fc.assert(fc.property(anyTable('IVRS'), (bytes) => void parseIvrs(bytes)))
  })
})
