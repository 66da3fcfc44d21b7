import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConfigSpace } from '../../src/model/pci.ts'
import { goesOn, parseConfigSpace, parseHeader } from '../../src/parse/config-space.ts'
import { configSpace, pcie } from '../support/config-space.ts'

const LISTED = [
  'pcieType',
  'flr',
  'afFlr',
  'pm',
  'msi',
  'msix',
  'acs',
  'sriov',
  'ari',
  'rebar',
  'ats',
  'pasid',
] as const
const EXTENDED = ['acs', 'sriov', 'ari', 'rebar', 'ats', 'pasid'] as const

function parsed(bytes: Uint8Array): ConfigSpace {
  const config = parseConfigSpace(bytes, 'config')
  if (config === null) throw new Error('too short')
  return config
}

function valueOf(config: ConfigSpace, field: (typeof LISTED)[number] | 'secondaryBus' | 'subordinateBus'): unknown {
  const fact = config[field]
  return fact.state === 'known' ? fact.value : `? ${fact.reason}`
}

describe('capabilities', () => {
  test.each([
    ['FLR', pcie(0, true), 'flr', true],
    ['no FLR', pcie(0, false), 'flr', false],
    ['endpoint', pcie(0), 'pcieType', 'endpoint'],
    ['root port', pcie(4), 'pcieType', 'root-port'],
    ['PCIe-to-PCI bridge', pcie(7), 'pcieType', 'pcie-to-pci-bridge'],
    ['PCI-to-PCIe bridge', pcie(8), 'pcieType', 'pci-to-pcie-bridge'],
    ['a type that is not in the specification', pcie(13), 'pcieType', '? unreadable'],
    ['AF with FLR and TP', [0x13, [6, 3, 0, 0]], 'afFlr', true],
    ['AF with FLR alone', [0x13, [6, 2, 0, 0]], 'afFlr', false],
    ['PM in D0 with soft reset', [0x01, [0, 0, 0, 0]], 'pm', { state: 0, noSoftReset: false }],
    ['PM in D3 without soft reset', [0x01, [0, 0, 0x0b, 0]], 'pm', { state: 3, noSoftReset: true }],
    ['MSI on, maskable', [0x05, [1, 1]], 'msi', { enabled: true, maskable: true }],
    ['MSI off', [0x05, [0x80, 0]], 'msi', { enabled: false, maskable: false }],
    ['MSI-X of 2048 vectors, on', [0x11, [0xff, 0x87]], 'msix', { enabled: true, size: 2048 }],
    ['MSI-X of one vector, off', [0x11, [0, 0]], 'msix', { enabled: false, size: 1 }],
  ] as const)('%s', (_, capability, field, value) => {
    expect(valueOf(parsed(configSpace({ capabilities: [capability] })), field)).toEqual(value)
  })

  test.each([
    ['ACS', [0x0d, [0x5f, 0, 0x1d, 0]], 'acs', { capability: 0x5f, control: 0x1d }],
    ['ARI', [0x0e, []], 'ari', true],
    ['ATS', [0x0f, []], 'ats', true],
    ['PASID', [0x1b, []], 'pasid', true],
    [
      'SR-IOV',
      [0x10, [0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xed, 0x10]],
      'sriov',
      { enabled: true, initialVfs: 7, totalVfs: 8, numVfs: 2, vfDeviceId: 0x10ed },
    ],
    [
      'resizable BAR 1: 256 MB of 64 MB to 512 MB',
      [0x15, [0, 0x3c, 0, 0, 0x21, 0x08, 0, 0]],
      'rebar',
      [{ index: 1, size: 2 ** 28, sizes: [2 ** 26, 2 ** 27, 2 ** 28, 2 ** 29] }],
    ],
  ] as const)('extended: %s', (_, capability, field, value) => {
    const bytes = configSpace({ length: 4096, capabilities: [pcie(0)], extended: [[0x01, []], capability] })
    expect(valueOf(parsed(bytes), field)).toEqual(value)
  })

  test('a list read to its end says what a function lacks', () => {
    const config = parsed(configSpace({ length: 4096, capabilities: [pcie(0)] }))
    expect(LISTED.map((field) => valueOf(config, field))).toEqual([
      'endpoint',
      false,
      false,
      null,
      null,
      null,
      null,
      null,
      false,
      null,
      false,
      false,
    ])
  })
})

describe('what was not read is not known', () => {
  test('64 bytes show that there is a list, and nothing of it', () => {
    const config = parsed(configSpace({ length: 64, capabilities: [pcie(0, true)] }))
    expect(LISTED.map((field) => valueOf(config, field))).toEqual(LISTED.map(() => '? denied'))
    expect(config.length).toBe(64)
  })

  test('256 bytes of a PCI Express function leave the extended list unknown', () => {
    const config = parsed(configSpace({ length: 256, capabilities: [pcie(0)] }))
    expect(EXTENDED.map((field) => valueOf(config, field))).toEqual(EXTENDED.map(() => '? not-collected'))
  })

  test('256 bytes of a conventional function are all it has', () => {
    const config = parsed(configSpace({ capabilities: [[0x01, [0, 0, 0, 0]]] }))
    expect(EXTENDED.map((field) => valueOf(config, field))).toEqual([null, null, false, null, false, false])
  })

  test('without the capability bit in the status word there is no list, however short the read', () => {
    expect(valueOf(parsed(configSpace({ length: 64 })), 'msi')).toBeNull()
  })

  test('a list cut in the middle: found before the cut is known, the rest is not', () => {
    const extended = [
      [0x0d, [0x1f, 0, 0, 0]],
      [0x01, Array.from({ length: 1000 }, () => 0)],
      [0x0e, []],
    ] as const
    const config = parsed(configSpace({ length: 512, capabilities: [pcie(4)], extended }))
    expect(valueOf(config, 'acs')).toEqual({ capability: 0x1f, control: 0 })
    expect(valueOf(config, 'ari')).toBe('? not-collected')
  })

  test.each([
    ['points at itself', 0x40],
    ['points into the header', 0x08],
  ])('a list that %s is broken, not empty', (_, next) => {
    const config = parsed(configSpace({ capabilities: [[0x01, [0, 0, 0, 0]]], set: { 0x41: next } }))
    expect(valueOf(config, 'pm')).toEqual({ state: 0, noSoftReset: false })
    expect(valueOf(config, 'msi')).toBe('? unreadable')
  })

  test('a looping extended list ends', () => {
    const bytes = configSpace({ length: 4096, capabilities: [pcie(0)], extended: [[0x01, []]] })
    bytes.set([1, 0, 1, 0x10], 0x100)
    expect(valueOf(parsed(bytes), 'acs')).toBe('? unreadable')
  })

  test.each([64, 256, 4096])('%d bytes of 0xff are a dead function', (length) => {
    const config = parsed(new Uint8Array(length).fill(0xff))
    expect(config.dead).toBe(true)
    expect(LISTED.map((field) => valueOf(config, field))).toEqual(LISTED.map(() => '? unreadable'))
    expect(parseHeader(new Uint8Array(length).fill(0xff))).toBeNull()
  })

  test('a virtual function, whose ids read 0xffff, is not dead', () => {
    const bytes = configSpace({ capabilities: [pcie(0, true)], set: { 0: 0xff, 1: 0xff, 2: 0xff, 3: 0xff } })
    expect(parsed(bytes).dead).toBe(false)
    expect(valueOf(parsed(bytes), 'flr')).toBe(true)
  })

  test('fewer than 64 bytes say nothing', () => {
    expect(parseConfigSpace(new Uint8Array(63))).toBeNull()
    expect(parseHeader(new Uint8Array(0))).toBeNull()
  })
})

describe('header', () => {
  test.each([
    ['endpoint', 0x00, 0, false],
    ['multifunction endpoint', 0x80, 0, true],
    ['multifunction bridge', 0x81, 1, true],
    ['CardBus bridge', 0x02, 2, false],
  ])('%s', (_, byte, type, multifunction) => {
    expect(parseHeader(configSpace({ headerType: byte, set: { 0x08: 0xa1 } }))).toEqual({
      type,
      multifunction,
      revision: 0xa1,
    })
  })

  test('bus numbers of a bridge, and of none', () => {
    const bridge = parsed(configSpace({ length: 64, headerType: 1, set: { 0x19: 3, 0x1a: 5 } }))
    expect([valueOf(bridge, 'secondaryBus'), valueOf(bridge, 'subordinateBus')]).toEqual([3, 5])
    const endpoint = parsed(configSpace({ length: 64, set: { 0x19: 3, 0x1a: 5 } }))
    expect([valueOf(endpoint, 'secondaryBus'), valueOf(endpoint, 'subordinateBus')]).toEqual([null, null])
  })

  test('the list of a CardBus bridge starts at 0x14', () => {
    const config = parsed(configSpace({ headerType: 2, capabilities: [[0x01, [0, 0, 0, 0]]] }))
    expect(valueOf(config, 'pm')).toEqual({ state: 0, noSoftReset: false })
  })
})

describe('any bytes', () => {
  test('never throw, and never say "no" of what lies past the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const config = parseConfigSpace(bytes)
        expect(config === null).toBe(bytes.length < 64)
        const listed = (bytes[0x06] ?? 0) & 0x10
        if (config === null || config.dead || bytes.length > 64 || listed === 0) return
        const pointer = (bytes[(bytes[0x0e] ?? 0) === 2 ? 0x14 : 0x34] ?? 0) & 0xfc
        if (pointer >= 0x40) expect(config.flr.state).toBe('unknown')
      }),
    )
  })

  test('that more must be read of is told before they say less than all would', () => {
    const id = fc.constantFrom(0x0d, 0x10, 0x0e, 0x15, 0x0f, 0x1b, 0x01)
    // Lengths that bring the next one to the edge of what is read.
    const lengths = fc.constantFrom(0, 8, 20, 60, 232, 240, 248, 744, 752)
    const body = lengths.chain((length) => fc.array(fc.nat(255), { minLength: length, maxLength: length }))
    const lists = fc.array(fc.tuple(id, body), { maxLength: 5 })
    const type = fc.constantFrom(pcie(0), pcie(4), undefined)
    let early = 0
    let whole = 0
    fc.assert(
      fc.property(lists, type, fc.constantFrom(256, 512, 1024, 2048), (extended, kind, limit) => {
        const bytes = configSpace({ length: 4096, capabilities: kind === undefined ? [] : [kind], extended })
        const first = bytes.subarray(0, limit)
        if (goesOn(first)) return void early++
        whole++
        // Of a conventional function nothing beyond 256 bytes is asked for.
        const all = kind === undefined ? bytes.subarray(0, 256) : bytes
        const { length: _, ...read } = parsed(kind === undefined ? first.subarray(0, 256) : first)
        const { length: __, ...told } = parsed(all)
        expect(read).toEqual(told)
      }),
    )
    expect(early).toBeGreaterThan(0)
    expect(whole).toBeGreaterThan(0)
  })
})
