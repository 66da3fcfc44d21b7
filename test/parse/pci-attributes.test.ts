import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesIn, parseAddress } from '../../src/parse/pci-address.ts'
import { indexPciAliases } from '../../src/parse/pci-aliases.ts'
import { lookupNames } from '../../src/parse/pci-ids.ts'
import { parseResource } from '../../src/parse/pci-resource.ts'
import { parseReservedRegions } from '../../src/parse/reserved-regions.ts'

/** 64 bits. */
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

describe('address', () => {
  test.each([
    ['01:00.0', '0000:01:00.0'],
    ['0000:01:00.0', '0000:01:00.0'],
    ['10000:E1:00.0', '10000:e1:00.0'],
    ['00000000:0A:1F.7', '0000:0a:1f.7'],
    ['1:00.0', null],
    ['0000:01:20.0', null],
    ['0000:01:00.8', null],
    ['0000:01:00', null],
    ['123456789:01:00.0', null],
    [' 01:00.0', null],
    ['01:00.0\n', null],
    ['10de:1b80', null],
  ])('%j is %j', (text, address) => {
    expect(parseAddress(text)).toBe(address)
  })

  test('what the kernel prints comes back as it was', () => {
    const field = (bits: number, digits: number) =>
      fc.integer({ min: 0, max: 2 ** bits - 1 }).map((one) => one.toString(16).padStart(digits, '0'))
    const printed = fc
      .tuple(field(32, 4), field(8, 2), field(5, 2), field(3, 1))
      .map(([domain, bus, device, fn]) => `${domain}:${bus}:${device}.${fn}`)
    fc.assert(
      fc.property(printed, (text) => {
        expect(parseAddress(text)).toBe(text)
        expect(parseAddress(text.toUpperCase())).toBe(text)
      }),
    )
  })

  test('any text is an address or null', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseAddress(text) ?? '0000:00:00.0').toMatch(/^[0-9a-f:]+\.\d$/)
      }),
    )
  })

  test('the functions along a path', () => {
    expect(addressesIn('../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0')).toEqual([
      '0000:00:01.0',
      '0000:01:00.0',
    ])
    expect(addressesIn('../../devices/virtual/block/dm-0')).toEqual([])
  })
})

const NONE = '0x0000000000000000 0x0000000000000000 0x0000000000000000'

describe('resource', () => {
  test.each([
    [
      '32-bit memory',
      '0x00000000ec100000 0x00000000ec1fffff 0x0000000000040200',
      { kind: 'memory', start: 0xec100000n, size: 0x100000n, prefetchable: false, is64bit: false, unassigned: false },
    ],
    [
      '64-bit prefetchable',
      '0x000003be00000000 0x000003be007fffff 0x000000000014220c',
      { kind: 'memory', size: 0x800000n, prefetchable: true, is64bit: true, unassigned: false },
    ],
    [
      'I/O ports',
      '0x000000000000e000 0x000000000000e07f 0x0000000000040101',
      { kind: 'io', size: 0x80n, unassigned: false },
    ],
    [
      'no address, flagged',
      '0x0000000000000000 0x00000000000fffff 0x0000000020040200',
      { kind: 'memory', start: 0n, size: 0x100000n, unassigned: true },
    ],
    [
      'no address, not flagged',
      '0x0000000000000000 0x00000000000fffff 0x0000000000040200',
      { size: 0x100000n, unassigned: true },
    ],
    [
      'a shadowed ROM without an address',
      '0x0000000000000000 0x0000000000000000 0x0000000000000002',
      { kind: 'other', size: 0n, unassigned: false },
    ],
    ['busy', '0x00000000ec100000 0x00000000ec1fffff 0x0000000080040200', { flags: 0x80040200, unassigned: false }],
  ])('%s', (_, line, wanted) => {
    expect(parseResource(`${line}\n`)).toMatchObject([{ index: 0, ...wanted }])
  })

  test('lines keep their number, and unused ones are left out', () => {
    const text = `${NONE}\n${NONE}\n0x00000000ec100000 0x00000000ec1fffff 0x0000000000040200\n${NONE}\n`
    expect(parseResource(text)?.map((one) => one.index)).toEqual([2])
    expect(parseResource(`${NONE}\n`)).toEqual([])
  })

  test.each(['', '\n', 'hello\n', '0x1 0x2\n', `${NONE}\n0x0 0x0 0x\n`])('%j is no resource list', (text) => {
    expect(parseResource(text)).toBeNull()
  })

  test('any text: never throws, sizes are never negative', () => {
    const line = fc.tuple(word, word, word).map((numbers) => numbers.map((one) => `0x${one.toString(16)}`).join(' '))
    fc.assert(fc.property(fc.string(), (text) => void parseResource(text)))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 13 }), (lines) => {
        const found = parseResource(lines.join('\n'))
        expect(found).not.toBeNull()
        for (const one of found ?? []) expect(one.size >= 0n).toBe(true)
      }),
    )
  })
})

describe('reserved_regions', () => {
  test('every type, and one that is not ours', () => {
    const text = [
      '0x00000000bf2e9000 0x00000000bf2fffff direct',
      '0x000000009e000000 0x000000009effffff direct-relaxable',
      '0x000000fd00000000 0x000000ffffffffff reserved',
      '0x00000000fee00000 0x00000000feefffff msi',
      '0x0000000000000000 0x0000000000000fff novel',
    ].join('\n')
    expect(parseReservedRegions(`${text}\n`)).toEqual([
      { start: 0xbf2e9000n, end: 0xbf2fffffn, type: 'direct' },
      { start: 0x9e000000n, end: 0x9effffffn, type: 'direct-relaxable' },
      { start: 0xfd00000000n, end: 0xffffffffffn, type: 'reserved' },
      { start: 0xfee00000n, end: 0xfeefffffn, type: 'msi' },
      { start: 0n, end: 0xfffn, type: 'other' },
    ])
  })

  test.each([
    ['', []],
    ['0x1 0x2\n', null],
    ['# no\n', null],
  ])('%j', (text, wanted) => {
    expect(parseReservedRegions(text)).toEqual(wanted)
  })

  test('round trip, and any text', () => {
    const region = fc.record({
      start: word,
      end: word,
      type: fc.constantFrom('direct', 'direct-relaxable', 'reserved', 'msi'),
    })
    const hex = (one: bigint) => `0x${one.toString(16).padStart(16, '0')}`
    fc.assert(
      fc.property(fc.array(region), (regions) => {
        const text = regions.map((one) => `${hex(one.start)} ${hex(one.end)} ${one.type}\n`).join('')
        expect(parseReservedRegions(text)).toEqual(regions)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void parseReservedRegions(text)))
  })
})

const IDS = `# comment
10de  NVIDIA Corporation
\t1b80  GP104 [GeForce GTX 1080]
\t\t1458 3702  GTX 1080 G1
1af4  Red Hat, Inc.
\t1041  Virtio 1.0 network device
C 03  Display controller
\t00  VGA compatible controller
`

describe('pci.ids', () => {
  test('device, vendor alone, and neither', () => {
    const names = lookupNames(IDS, ['10de:1b80', '10de:ffff', '1234:1111', '1af4:1041'])
    expect(Object.fromEntries(names)).toEqual({
      '10de:1b80': 'NVIDIA Corporation GP104 [GeForce GTX 1080]',
      '10de:ffff': 'NVIDIA Corporation Device ffff',
      '1af4:1041': 'Red Hat, Inc. Virtio 1.0 network device',
    })
  })

  test('a subsystem is no device, a file out of order is read all the same', () => {
    expect(lookupNames(IDS, ['10de:1458']).get('10de:1458')).toBe('NVIDIA Corporation Device 1458')
    const names = lookupNames('ffff  Last\n1af4  Red Hat\n\t1041  Network\n10de  NVIDIA\n', [
      '10de:0001',
      '1af4:1041',
      'ffff:0000',
      'no id',
    ])
    expect([...names.values()].sort()).toEqual(['Last Device 0000', 'NVIDIA Device 0001', 'Red Hat Network'])
  })

  test('no control characters pass', () => {
    expect(lookupNames('10de  NV\u001b[31mIDIA\u0007\n', ['10de:0001']).get('10de:0001')).toBe('NVIDIA Device 0001')
  })

  test('any text: never throws, and names only what was wanted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const id of lookupNames(text, ['10de:1b80']).keys()) expect(id).toBe('10de:1b80')
      }),
    )
  })
})

const ALIASES = `# Aliases extracted from modules themselves.
alias pci:v000010DEd*sv*sd*bc03sc00i00* nouveau
alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
alias pci:v000010DEd00001B80sv*sd*bc*sc*i* nvidia-current
alias usb:v1D6Bp0002d*dc*dsc*dp*ic*isc*ip*in* hub
alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci
alias pci:v00008086d000015B7sv*sd*bc*sc*i* e1000e
`

describe('modules.alias', () => {
  const lookup = indexPciAliases(ALIASES, new Set(['10de', '8086']))
  test.each([
    ['pci:v000010DEd00001B80sv00001458sd00003702bc03sc00i00', ['nouveau', 'nvidia_current']],
    ['pci:v000010DEd000010F0sv00001458sd00003702bc04sc03i00', []],
    ['pci:v000010DEd00001AD8sv00001458sd00003702bc0Csc03i30', ['xhci_pci']],
    ['pci:v00008086d000015B7sv00001028sd000006D2bc02sc00i00', ['e1000e']],
    ['nonsense', []],
  ])('%s', (modalias, modules) => {
    expect(lookup(modalias)).toEqual(modules)
    expect(lookup(modalias)).toEqual(modules)
  })

  test('any text: never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, modalias) => {
        expect(indexPciAliases(`alias pci:v${text}`, new Set(['10de']))(modalias)).toEqual([])
      }),
    )
  })
})
