import type { Address, ConfigSpace } from '../model/pci.ts'
import { configOfDump, LspciCapabilities } from './lspci-config.ts'
import { parseAddress } from './pci-address.ts'
import { classByName } from './pci-class.ts'

/** What one block of an lspci listing says of one function; a key that is not there was not shown. */
export interface LspciBlock {
  readonly address: Address
  /** 1-based line of its first line. */
  readonly line: number
  vendorId?: string
  deviceId?: string
  subsystem?: string
  /** 24 bits; the lowest eight are 0 where the programming interface is not shown. */
  class?: number
  revision?: number
  name?: string
  driver?: string
  modules?: readonly string[]
  group?: number
  /** `Bus: primary=…, secondary=…`: only bridges have it. */
  bridgeBuses?: { readonly secondary: number; readonly subordinate: number }
  irq?: number
  /** The command register, of `Control:`. */
  command?: number
  /** 1 is INTA. */
  interruptPin?: number
  physicalSlot?: string
  dead?: boolean
  /** Lines of it are left out: what it does not show proves nothing. */
  cut?: boolean
  /** It has lines below its first one. */
  detailed?: boolean
  regions?: readonly LspciRegion[]
  config?: ConfigSpace
  /** Bytes of a dump (-x, -xxx, -xxxx) from offset 0 on. */
  bytes?: Uint8Array
}

export interface LspciRegion {
  readonly index: number
  readonly kind: 'memory' | 'io'
  readonly start: bigint | null
  readonly size: bigint
  readonly prefetchable: boolean
  readonly is64bit: boolean
  readonly disabled: boolean
}

const HEAD = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])\s+(\S.*)$/i

/** The address and the rest of a line that begins an lspci block, or null. */
export function lspciHead(text: string): { readonly address: Address; readonly rest: string } | null {
  const found = HEAD.exec(text)
  const address = found === null ? null : parseAddress(found[1] ?? '')
  const rest = found?.[2] ?? ''
  // `0000:5e:00.3 'Name' drv=…` is dpdk-devbind's, and a bare path or a comma list is no listing.
  return address === null || /^[',:;()]/.test(rest) ? null : { address, rest }
}

/**
 * Parses the first line of a block: `00:1f.3 Audio device [0403]: Intel … [8086:a2f0] (rev 11)` with -nn,
 * `00:1f.3 0403: 8086:a2f0 (rev 11)` with -n, without numbers, or quoted with -m; also as ls-iommu prints it. Null where
 * the text is none of these.
 */
export function parseLspciHead(address: Address, head: string, line: number): LspciBlock | null {
  // ls-iommu leaves the colon behind the class out.
  const rest = head.replace(/^([A-Z][\w ,/()-]{2,60} \[[0-9a-f]{4}\]) (?=[^\s:])/, '$1: ')
  if (rest.startsWith('"')) return machineReadable(address, rest, line)
  const numeric = /^(?:Class )?([0-9a-f]{4}): ([0-9a-f]{4}):([0-9a-f]{4})(?:\s|$)/i.exec(rest)
  if (numeric !== null) {
    return { ...base(address, line, rest, numeric[1]), ...ids(numeric[2], numeric[3]) }
  }
  const colon = rest.indexOf(': ')
  if (colon < 3 || colon > 90) return null
  const coded = /^(.{3,80}?) ?\[([0-9a-f]{4})\]$/i.exec(rest.slice(0, colon))
  const code = coded?.[2] ?? classByName(rest.slice(0, colon))?.toString(16).padStart(4, '0')
  const after = rest.slice(colon + 1).trim()
  const pair = [...after.matchAll(/\[([0-9a-f]{4}):([0-9a-f]{4})\]/gi)].at(-1)
  // A class name of another pci.ids is known for one by the ids or the revision behind it.
  if (code === undefined && pair === undefined && !/\(rev [0-9a-f]{2}\)/i.test(after)) return null
  if (code === undefined && !/^[A-Z0-9][\w ,/()-]{2,60}$/.test(rest.slice(0, colon))) return null
  const name = after
    .replace(/\[[0-9a-f]{4}:[0-9a-f]{4}\]/gi, '')
    .replace(/\(rev [0-9a-f]{2}\)|\(prog-if [0-9a-f]{2}[^)]*\)/gi, '')
    .replace(/\s{2,}/g, ' ')
    .trim()
  return { ...base(address, line, rest, code), name, ...(pair === undefined ? {} : ids(pair[1], pair[2])) }
}

/** `01:00.0 "VGA compatible controller [0300]" "NVIDIA … [10de]" "GP104 [1b80]" -ra1 …` (-m, -mm with -n or -nn). */
function machineReadable(address: Address, rest: string, line: number): LspciBlock | null {
  const words = [...rest.slice(0, 600).matchAll(/"([^"]{0,200})"/g)].map((one) => one[1] ?? '')
  if (words.length < 3) return null
  const [label = '', vendor = '', device = ''] = words
  const number = (text: string): string | undefined => /(?:^|\[)([0-9a-f]{4})\]?$/i.exec(text)?.[1]
  const code = number(label) ?? classByName(label)?.toString(16).padStart(4, '0')
  if (code === undefined) return null
  const revision = /" -r([0-9a-f]{2})\b/i.exec(rest)?.[1]
  const block = base(address, line, revision === undefined ? '' : `(rev ${revision})`, code)
  const [vendorId, deviceId] = [number(vendor), number(device)]
  const named = `${vendor} ${device}`.replace(/ ?\[[0-9a-f]{4}\]/gi, '').trim()
  return {
    ...block,
    ...(vendorId === undefined || deviceId === undefined ? {} : ids(vendorId, deviceId)),
    ...(/^[0-9a-f]{4} [0-9a-f]{4}$/i.test(named) ? {} : { name: named }),
  }
}

function ids(vendor: string | undefined, device: string | undefined): { vendorId: string; deviceId: string } {
  return { vendorId: (vendor ?? '').toLowerCase(), deviceId: (device ?? '').toLowerCase() }
}

function base(address: Address, line: number, rest: string, code: string | undefined): LspciBlock {
  const revision = /\(rev ([0-9a-f]{2})\)/i.exec(rest)?.[1]
  const face = /\(prog-if ([0-9a-f]{2})\b/i.exec(rest)?.[1] ?? '0'
  const block: LspciBlock = { address, line }
  if (code !== undefined) block.class = (Number.parseInt(code, 16) << 8) | Number.parseInt(face, 16)
  if (revision !== undefined) block.revision = Number.parseInt(revision, 16)
  if (revision?.toLowerCase() === 'ff' && /\(prog-if ff\)|\(rev ff\)$/i.test(rest)) block.dead = true
  return block
}

/** Words that only a line of an lspci block below its first one begins with. */
const ATTRIBUTE =
  /^(?:Subsystem: |DeviceName: |Flags: (?:bus master|fast|slow|medium|PMEClk|!|66MHz|VGA|IRQ|prefetch|NUMA|IOMMU|user)|Control: I\/O|Status: (?:Cap|D[0-3] |NegoPending|InProgress)|Latency: \d|Interrupt: pin|NUMA node: \d|IOMMU group: \d|Region \d: |(?:Virtual )?(?:Memory|I\/O ports) at (?:[0-9a-f]{4,16}|<)|Expansion ROM at|\[?virtual\]? Expansion|Capabilities: [[<]|Kernel driver in use: |Kernel modules: |Bus: primary=|(?:I\/O|Memory|Prefetchable memory) behind bridge|Physical Slot: |BIST |BridgeCtl: |Secondary status: |!!! Unknown header)/

export function isLspciAttribute(text: string): boolean {
  return ATTRIBUTE.test(text)
}

const ROW = /^([0-9a-f]{2,3}): ((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2})$/i

/** A row of a dump (`10: 00 00 …`): its offset and its bytes. */
export function hexRow(text: string): { readonly offset: number; readonly bytes: readonly number[] } | null {
  const found = text.length > 60 ? null : ROW.exec(text)
  if (found === null) return null
  return {
    offset: Number.parseInt(found[1] ?? '', 16),
    bytes: (found[2] ?? '').split(' ').map((one) => Number.parseInt(one, 16)),
  }
}

/** Adds what the lines below the first one say. `-vv` words and a dump make the configuration space known. */
export function readLspciAttributes(block: LspciBlock, lines: readonly string[]): void {
  const regions: LspciRegion[] = []
  const caps = new LspciCapabilities()
  if (lines.length > 0) block.detailed = true
  for (const raw of lines) {
    const text = raw.trim()
    const colon = text.indexOf(':')
    if (colon > 0) readLabelled(block, text.slice(0, colon), text.slice(colon + 1).trim())
    if (text.startsWith('!!! Unknown header type 7f')) block.dead = true
    const region = parseRegion(text, regions.length)
    if (region !== null) regions.push(region)
    caps.read(text)
  }
  if (regions.length > 0) block.regions = regions
  const dumped = configOfDump(block)
  const config = dumped !== undefined && dumped.length > 64 ? dumped : (caps.config(block) ?? dumped)
  if (config !== undefined) block.config = config
}

function readLabelled(block: LspciBlock, label: string, value: string): void {
  switch (label) {
    case 'Kernel driver in use':
      if (/^[\w-]{1,64}$/.test(value)) block.driver = value
      break
    case 'Kernel modules':
      block.modules = value
        .split(',', 32)
        .map((one) => one.trim().replaceAll('-', '_'))
        .filter((one) => one !== '')
      break
    case 'Subsystem': {
      const pair = [...value.slice(0, 400).matchAll(/(?:^|\[)([0-9a-f]{4}:[0-9a-f]{4})\b/gi)].at(-1)?.[1]
      if (pair !== undefined) block.subsystem = pair.toLowerCase()
      break
    }
    case 'IOMMU group':
      if (/^\d{1,6}$/.test(value)) block.group = Number(value)
      break
    case 'Physical Slot':
      block.physicalSlot = value.slice(0, 40)
      break
    case 'Flags':
      readFlags(block, value)
      break
    case 'Control':
      if (value.startsWith('I/O')) block.command = commandWord(value)
      break
    case 'Interrupt': {
      const found = /^pin ([A-D])(?: routed to IRQ (\d{1,9}))?/.exec(value)
      if (found !== null) block.interruptPin = 'ABCD'.indexOf(found[1] ?? '') + 1
      if (found?.[2] !== undefined) block.irq = Number(found[2])
      break
    }
    case 'Bus': {
      const buses = /secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/i.exec(value)
      const bus = (text: string | undefined): number => Number.parseInt(text ?? '', 16)
      if (buses !== null) block.bridgeBuses = { secondary: bus(buses[1]), subordinate: bus(buses[2]) }
    }
  }
}

function readFlags(block: LspciBlock, value: string): void {
  const group = /IOMMU group (\d{1,6})/.exec(value)
  if (group !== null) block.group = Number(group[1])
  const irq = /\bIRQ (\d{1,9})/.exec(value)
  if (irq !== null) block.irq = Number(irq[1])
}

/** Bits of the command register (PCI 3.0 section 6.2.2; names as pciutils writes them in show_verbose, lspci.c). */
const COMMAND = ['I/O', 'Mem', 'BusMaster', 'SpecCycle', 'MemWINV', 'VGASnoop', 'ParErr', 'Stepping', 'SERR', 'FastB2B']

function commandWord(value: string): number {
  let word = value.includes('DisINTx+') ? 0x400 : 0
  for (const [bit, name] of COMMAND.entries()) if (value.includes(`${name}+`)) word |= 1 << bit
  return word
}

const UNITS: Readonly<Record<string, bigint>> = { '': 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n }

/** `Region 0: Memory at f6000000 (64-bit, prefetchable) [disabled] [size=16M]` and the -v form without `Region`. */
function parseRegion(text: string, next: number): LspciRegion | null {
  const found =
    /^(?:Region (\d): )?(Memory|I\/O ports) at ([0-9a-f]{1,16}|<unassigned>|<ignored>)(?: \(([^)]{0,60})\))?(.{0,200})$/i.exec(
      text,
    )
  if (found === null) return null
  const [, index, kind = '', at = '', kinds = '', rest = ''] = found
  const size = /\[size=(\d{1,12})([KMGT]?)\]/.exec(rest)
  return {
    index: index === undefined ? next : Number(index),
    kind: kind === 'Memory' ? 'memory' : 'io',
    start: at.startsWith('<') ? null : BigInt(`0x${at}`),
    size: size === null ? 0n : BigInt(size[1] ?? '0') * (UNITS[size[2] ?? ''] ?? 1n),
    prefetchable: /(?:^|[^-])prefetchable/.test(kinds),
    is64bit: kinds.includes('64-bit'),
    disabled: rest.includes('[disabled]'),
  }
}
