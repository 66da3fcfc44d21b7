import { assert, array, constantFrom, integer, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hexRow,
  isLspciAttribute,
  lspciHead,
  parseLspciHead,
  readLspciAttributes,
  type LspciBlock,
} from '../../src/parse/lspci.ts'
import { LspciTree } from '../../src/parse/lspci-tree.ts'

function head(text: string): LspciBlock | null {
  const found = lspciHead(text)
  return found === null ? null : parseLspciHead(found.address, found.rest, 1)
}

function block(first: string, ...lines: string[]): LspciBlock {
  const found = head(first)
  if (found === null) throw new Error(`no head: ${first}`)
  readLspciAttributes(found, lines)
  return found
}

describe('the first line of an lspci block', () => {
  it.each([
    [
      '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [GeForce GTX 1080] [10de:1b80] (rev a1) (prog-if 00 [VGA controller])',
      {
        address: '0000:01:00.0',
        class: 0x030000,
        vendorId: '10de',
        deviceId: '1b80',
        revision: 0xa1,
        name: 'NVIDIA Corporation GP104 [GeForce GTX 1080]',
      },
    ],
    ['01:00.0 0300: 10de:1b80 (rev a1)', { class: 0x030000, vendorId: '10de', deviceId: '1b80', revision: 0xa1 }],
    ['01:00.0 Class 0300: 10de:1b80', { class: 0x030000, vendorId: '10de', deviceId: '1b80' }],
    ['00:14.0 USB controller: Intel Corporation 200 Series (prog-if 30 [XHCI])', { class: 0x0c0330 }],
    ['0000:03:00.0 PCI bridge: Texas Instruments XIO2001 PCI Express-to-PCI Bridge', { class: 0x060400 }],
    [
      '10000:E1:00.0 Non-Volatile memory controller [0108]: Some Vendor Drive [1234:ABCD]',
      {
        address: '10000:e1:00.0',
        class: 0x010800,
        vendorId: '1234',
        deviceId: 'abcd',
      },
    ],
    ['01:00.0 Some class of a newer list: Vendor Thing [1af4:1041] (rev 01)', { vendorId: '1af4', deviceId: '1041' }],
    [
      '01:00.0 "VGA compatible controller [0300]" "NVIDIA Corporation [10de]" "GP104 [1b80]" -ra1 "x" "y"',
      {
        class: 0x030000,
        vendorId: '10de',
        deviceId: '1b80',
        revision: 0xa1,
        name: 'NVIDIA Corporation GP104',
      },
    ],
    ['03:00.0 Ethernet controller: Broadcom Corporation BCM57810 (rev ff) (prog-if ff)', { dead: true, revision: 255 }],
  ])('%s', (text, wanted) => {
    expect(head(text)).toMatchObject(wanted)
  })

  it.each([
    '01:00.0: this is my card',
    'error 01:00.0 VGA compatible controller: X',
    '12:04.5 some sentence about a time: it was late',
    '01:20.0 VGA compatible controller: no such device number',
    "0000:5e:00.3 'Ethernet Controller' drv=vfio-pci unused=i40e",
    '',
  ])('none is in: %s', (text) => {
    expect(head(text)).toBeNull()
  })
})

describe('the lines below', () => {
  it('tell drivers, modules, group, interrupt, command register and bridges', () => {
    expect(
      block(
        '00:1c.0 PCI bridge [0604]: Intel Corporation Port [8086:a110] (rev f1)',
        '\tSubsystem: Vendor Thing [1043:8694]',
        '\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+',
        '\tInterrupt: pin A routed to IRQ 120',
        '\tIOMMU group: 8',
        '\tBus: primary=00, secondary=02, subordinate=04, sec-latency=0',
        '\tKernel driver in use: pcieport',
        '\tKernel modules: shpchp, pci-hyphen',
      ),
    ).toMatchObject({
      subsystem: '1043:8694',
      command: 0x407,
      interruptPin: 1,
      irq: 120,
      group: 8,
      bridgeBuses: { secondary: 2, subordinate: 4 },
      driver: 'pcieport',
      modules: ['shpchp', 'pci_hyphen'],
    })
  })

  it('tell regions, also of -v without an index, and BARs without an address', () => {
    const { regions } = block(
      '01:00.0 VGA compatible controller: X',
      '\tMemory at f6000000 (32-bit, non-prefetchable) [size=16M]',
      '\tMemory at <unassigned> (64-bit, prefetchable) [disabled]',
      '\tI/O ports at e000 [size=128]',
    )
    expect(regions).toEqual([
      {
        index: 0,
        kind: 'memory',
        start: 0xf6000000n,
        size: 16n << 20n,
        prefetchable: false,
        is64bit: false,
        disabled: false,
      },
      { index: 1, kind: 'memory', start: null, size: 0n, prefetchable: true, is64bit: true, disabled: true },
      { index: 2, kind: 'io', start: 0xe000n, size: 128n, prefetchable: false, is64bit: false, disabled: false },
    ])
  })

  const VERBOSE = [
    '\tCapabilities: [60] Power Management version 3',
    '\t\tStatus: D3 NoSoftRst+ PME-Enable- DSel=0 DScale=0 PME-',
    '\tCapabilities: [68] MSI: Enable+ Count=1/1 Maskable- 64bit+',
    '\tCapabilities: [78] Express (v2) Root Port (Slot+), MSI 00',
    '\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0',
    '\t\t\tExtTag+ RBE+ FLReset+',
    '\tCapabilities: [140 v1] Access Control Services',
    '\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
    '\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
  ]

  it('of -vv tell the capabilities, and those that are not there', () => {
    const { config } = block('00:01.0 PCI bridge: X', ...VERBOSE)
    expect(config).toMatchObject({
      pcieType: { value: 'root-port' },
      flr: { value: true },
      pm: { value: { state: 3, noSoftReset: true } },
      msi: { value: { enabled: true, maskable: false } },
      msix: { state: 'known', value: null },
      acs: { value: { capability: 0x1f, control: 0x1d } },
      sriov: { state: 'known', value: null },
    })
  })

  it('leave what is missing unknown where lines were left out, and all of it where access was denied', () => {
    const cut = head('00:01.0 PCI bridge: X') as LspciBlock
    cut.cut = true
    readLspciAttributes(cut, VERBOSE)
    expect(cut.config?.msix.state).toBe('unknown')
    expect(cut.config?.flr).toMatchObject({ value: true })
    expect(block('00:01.0 PCI bridge: X', '\tCapabilities: <access denied>').config).toBeUndefined()
    // -v lists the capabilities without their details.
    const brief = block('00:01.0 PCI bridge: X', '\tCapabilities: [78] Express Endpoint, MSI 00')
    expect(brief.config).toMatchObject({ pcieType: { value: 'endpoint' }, flr: { state: 'unknown' } })
  })

  it('make a function that answers with ones dead', () => {
    expect(block('01:00.0 VGA compatible controller: X (rev ff)', '\t!!! Unknown header type 7f').config?.dead).toBe(
      true,
    )
  })

  it('begin with words that prose has not', () => {
    expect(isLspciAttribute('Kernel driver in use: nvidia')).toBe(true)
    for (const prose of [
      'Status: solved',
      'Bus error again',
      'Control over it is lost',
      'Flags are set',
      'Latency is bad',
    ])
      expect(isLspciAttribute(prose)).toBe(false)
  })
})

describe('rows of a dump', () => {
  it.each([
    ['00: 86 80', 0, [0x86, 0x80]],
    [
      '1f0: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e ff',
      0x1f0,
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255],
    ],
  ])('%s', (text, offset, bytes) => {
    expect(hexRow(text)).toEqual({ offset, bytes })
  })

  it.each(['00000000  55 aa 23 00', '10: zz', '12:34', 'a: 00 00'])('none is: %s', (text) => {
    expect(hexRow(text)).toBeNull()
  })
})

describe('the tree of lspci -t', () => {
  function tree(...lines: string[]) {
    const reader = new LspciTree()
    return lines.flatMap((line, at) => reader.read(line, at + 1))
  }

  it('gives parents, buses and names', () => {
    const all = tree(
      '-+-[0000:80]---01.0  Far Away',
      ' \\-[0000:00]-+-00.0  Host Bridge',
      '             +-01.0-[01-02]--+-00.0  Card',
      '             |               \\-00.1  Its sound',
      '             +-1c.0-[03]----00.0-[04]--',
      '             \\-1f.0',
    )
    expect(all.map(({ address, parent, buses, name }) => ({ address, parent, buses, name }))).toEqual([
      { address: '0000:80:01.0', parent: null, buses: null, name: 'Far Away' },
      { address: '0000:00:00.0', parent: null, buses: null, name: 'Host Bridge' },
      { address: '0000:00:01.0', parent: null, buses: { secondary: 1, subordinate: 2 }, name: null },
      { address: '0000:01:00.0', parent: '0000:00:01.0', buses: null, name: 'Card' },
      { address: '0000:01:00.1', parent: '0000:00:01.0', buses: null, name: 'Its sound' },
      { address: '0000:00:1c.0', parent: null, buses: { secondary: 3, subordinate: 3 }, name: null },
      { address: '0000:03:00.0', parent: '0000:00:1c.0', buses: { secondary: 4, subordinate: 4 }, name: null },
      { address: '0000:00:1f.0', parent: null, buses: null, name: null },
    ])
  })

  it('never throws and ends on any lines', () => {
    const piece = constantFrom('-', '+', '\\', '|', ' ', '[00]', '[0000:00]', '00.0', '1f.7', '  name', 'x')
    assert(
      property(array(array(piece, { maxLength: 40 }).map((all) => all.join(''))), (lines) => {
        for (const one of tree(...lines)) expect(one.address).toMatch(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)
      }),
    )
  })
})

describe('on any text', () => {
  it('nothing throws', () => {
    assert(
      property(string(), array(string()), (first, lines) => {
        const found = lspciHead(`01:00.0 ${first}`)
        const made = found === null ? null : parseLspciHead(found.address, found.rest, 1)
        if (made !== null) readLspciAttributes(made, lines)
        for (const line of lines) hexRow(line)
      }),
    )
  })

  it('ids and classes come out as they went in', () => {
    const word = integer({ min: 0, max: 0xffff }).map((value) => value.toString(16).padStart(4, '0'))
    assert(
      property(word, word, word, (code, vendor, device) => {
        expect(head(`0a:1f.7 ${code}: ${vendor}:${device}`)).toMatchObject({
          address: '0000:0a:1f.7',
          class: Number.parseInt(code, 16) << 8,
          vendorId: vendor,
          deviceId: device,
        })
      }),
    )
  })
})
