import { known, unknown, type Fact } from '../model/fact.ts'
import type { AcsCapability, Address, ConfigSpace, PcieType } from '../model/pci.ts'
import { classByName } from './pci-class.ts'

/** What one block of an lspci listing says of one function; a key that is not there was not shown. */
export interface LspciBlock {
  readonly address: Address
  /** 1-based line of its first line. */
  readonly line: number
  vendorId?: string
  deviceId?: string
  subsystem?: string
  class?: number
  revision?: number
  name?: string
  driver?: string | null
  modules?: readonly string[]
  group?: number
  /** `Bus: primary=…, secondary=…`: only bridges have it. */
  bridgeBuses?: { readonly secondary: number; readonly subordinate: number }
  irq?: number
  dead?: boolean
  regions?: readonly LspciRegion[]
  config?: ConfigSpace
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

const HEAD = /^([0-9a-f]{4,8}:)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s+(\S.*)$/i

/** The address and the rest of a line that begins an lspci block, or null. */
export function lspciHead(text: string): { readonly address: Address; readonly rest: string } | null {
  const found = HEAD.exec(text)
  if (found === null) return null
  const address = `${found[1] ?? '0000:'}${found[2] ?? ''}`.toLowerCase()
  const rest = found[3] ?? ''
  // `0000:44:00.3 'Name' drv=…` is dpdk-devbind's, and a bare path or a comma list is no listing.
  return /^['"(,:;)]/.test(rest) ? null : { address, rest }
}

/**
 * Parses the first line of a block: `00:1f.3 Audio device [0403]: Intel … [8086:a2f0] (rev 11)` with -nn,
 * `00:1f.3 0403: 8086:a2f0 (rev 11)` with -n, or without numbers. Null where the text is none of these.
 */
export function parseLspciHead(address: Address, rest: string, line: number): LspciBlock | null {
  const numeric = /^(?:Class )?([0-9a-f]{4}): ([0-9a-f]{4}):([0-9a-f]{4})(?:\s|$)/i.exec(rest)
  const revision = /\(rev ([0-9a-f]{2})\)/i.exec(rest)
  const tail = revision === null ? {} : { revision: Number.parseInt(revision[1] ?? '', 16) }
  if (numeric !== null) {
    const block: LspciBlock = {
      address,
      line,
      class: Number.parseInt(numeric[1] ?? '', 16) << 8,
      vendorId: (numeric[2] ?? '').toLowerCase(),
      deviceId: (numeric[3] ?? '').toLowerCase(),
      ...tail,
    }
    return rest.includes('(rev ff)') ? { ...block, dead: true } : block
  }
  const colon = rest.indexOf(':')
  const words = /^(.{3,80}?)\s*(?:\[([0-9a-f]{4})\])?:\s+(.*)$/i.exec(colon > 0 && colon < 90 ? rest : '')
  if (words === null) return null
  const [, label = '', code, after = ''] = words
  const classCode = code === undefined ? classByName(label) : Number.parseInt(code, 16)
  if (classCode === undefined) return null
  const ids = [...after.matchAll(/\[([0-9a-f]{4}):([0-9a-f]{4})\]/gi)].at(-1)
  const block: LspciBlock = {
    address,
    line,
    class: classCode << 8,
    name: after
      .replace(/\s*(\[[0-9a-f]{4}:[0-9a-f]{4}\]|\(rev [0-9a-f]{2}\)|\(prog-if .*|\[.*controller\])\s*/gi, ' ')
      .trim(),
    ...(ids === null || ids === undefined
      ? {}
      : { vendorId: (ids[1] ?? '').toLowerCase(), deviceId: (ids[2] ?? '').toLowerCase() }),
    ...tail,
  }
  return rest.includes('(rev ff)') ? { ...block, dead: true } : block
}

/** Words that only an indented line of an lspci block begins with. */
const ATTRIBUTE =
  /^(?:Subsystem|DeviceName|Flags|Control|Status|Latency|Interrupt|NUMA node:|IOMMU group:|Region \d|Memory at|I\/O ports at|Expansion ROM|Capabilities|Kernel driver in use|Kernel modules|Bus|I\/O behind bridge|Memory behind bridge|Prefetchable memory behind bridge|Physical Slot|!!! Unknown header)/

export function isLspciAttribute(text: string): boolean {
  return ATTRIBUTE.test(text.trimStart())
}

/** Adds what the indented lines of a block say. `verbose` words (Capabilities) make the configuration space known. */
export function readLspciAttributes(block: LspciBlock, lines: readonly string[]): void {
  const regions: LspciRegion[] = []
  const caps = new CapabilityReader()
  for (const raw of lines) {
    const text = raw.trim()
    const [label = '', value = ''] = split(text)
    switch (label) {
      case 'Kernel driver in use':
        if (/^[\w-]+$/.test(value)) block.driver = value
        break
      case 'Kernel modules':
        block.modules = value
          .split(',')
          .map((one) => one.trim().replaceAll('-', '_'))
          .filter((one) => one !== '')
        break
      case 'Subsystem': {
        const ids = [...value.matchAll(/([0-9a-f]{4}):([0-9a-f]{4})/gi)].at(-1)
        if (ids !== undefined) block.subsystem = ids[0].toLowerCase()
        break
      }
      case 'IOMMU group':
        if (/^\d+$/.test(value)) block.group = Number(value)
        break
      case 'Flags': {
        const group = /IOMMU group (\d+)/.exec(value)
        if (group !== null) block.group = Number(group[1])
        const irq = /IRQ (\d+)/.exec(value)
        if (irq !== null) block.irq = Number(irq[1])
        break
      }
      case 'Interrupt': {
        const irq = /routed to IRQ (\d+)/.exec(value)
        if (irq !== null) block.irq = Number(irq[1])
        break
      }
      case 'Bus': {
        const buses = /secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/i.exec(value)
        if (buses !== null) {
          block.bridgeBuses = {
            secondary: Number.parseInt(buses[1] ?? '', 16),
            subordinate: Number.parseInt(buses[2] ?? '', 16),
          }
        }
        break
      }
      default:
        if (text.startsWith('!!! Unknown header type')) block.dead = true
    }
    const region = parseRegion(text, regions.length)
    if (region !== null) regions.push(region)
    caps.read(text)
  }
  if (regions.length > 0) block.regions = regions
  const config = caps.config(block)
  if (config !== undefined) block.config = config
}

function split(text: string): readonly [string, string] | readonly [] {
  const at = text.indexOf(':')
  return at < 0 ? [] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

const UNITS: Readonly<Record<string, bigint>> = { '': 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n }

/** `Region 0: Memory at f6000000 (64-bit, prefetchable) [disabled] [size=16M]` and the -v form without `Region`. */
function parseRegion(text: string, next: number): LspciRegion | null {
  const found =
    /^(?:Region (\d): )?(Memory|I\/O ports) at ([0-9a-f]+|<unassigned>|<ignored>)(?: \(([^)]*)\))?(.*)$/i.exec(text)
  if (found === null) return null
  const [, index, kind = '', at = '', kinds = '', rest = ''] = found
  const size = /\[size=(\d+)([KMGT]?)\]/.exec(rest)
  return {
    index: index === undefined ? next : Number(index),
    kind: kind === 'Memory' ? 'memory' : 'io',
    start: at.startsWith('<') ? null : BigInt(`0x${at}`),
    size: size === null ? 0n : BigInt(size[1] ?? '0') * (UNITS[size[2] ?? ''] ?? 1n),
    prefetchable: /(^|[^-])prefetchable/.test(kinds) && !kinds.includes('non-prefetchable'),
    is64bit: kinds.includes('64-bit'),
    disabled: rest.includes('[disabled]'),
  }
}

const PORTS: readonly (readonly [RegExp, PcieType])[] = [
  [/Root Complex Integrated Endpoint/, 'rc-integrated-endpoint'],
  [/Root Complex Event Collector/, 'rc-event-collector'],
  [/Root Port/, 'root-port'],
  [/Upstream Port/, 'upstream-port'],
  [/Downstream Port/, 'downstream-port'],
  [/PCI-Express to PCI/, 'pcie-to-pci-bridge'],
  [/PCI\/PCI-X to PCI-Express/, 'pci-to-pcie-bridge'],
  [/Legacy Endpoint/, 'legacy-endpoint'],
  [/Endpoint/, 'endpoint'],
]

const ACS_FLAGS: Readonly<Record<string, number>> = {
  SrcValid: 0x01,
  TransBlk: 0x02,
  ReqRedir: 0x04,
  CmpltRedir: 0x08,
  UpstreamFwd: 0x10,
  EgressCtrl: 0x20,
  DirectTrans: 0x40,
}

function acsWord(text: string): number {
  let word = 0
  for (const [name, bit] of Object.entries(ACS_FLAGS)) if (text.includes(`${name}+`)) word |= bit
  return word
}

/** Gathers the capability lines of one block. Only -vv shows them whole; `<access denied>` leaves all unknown. */
class CapabilityReader {
  private denied = false
  private seen = false
  private verbose = false
  private extended = false
  private readonly found: { -readonly [K in keyof ConfigSpace]?: ConfigSpace[K] } = {}
  private acs: { capability?: number; control?: number } = {}

  read(text: string): void {
    if (text.startsWith('Capabilities: <access denied>')) this.denied = true
    else if (text.startsWith('Capabilities: [')) {
      this.seen = true
      if (/^Capabilities: \[[0-9a-f]{3}/.test(text)) this.extended = true
    }
    if (/^(DevCap|LnkCap|Status: D\d|ACSCap):?/.test(text)) this.verbose = true
    const express = /Express (?:\(v\d\) )?(.*)$/.exec(text)
    if (text.startsWith('Capabilities') && express !== null) {
      const type = PORTS.find(([pattern]) => pattern.test(express[1] ?? ''))?.[1]
      if (type !== undefined) this.found.pcieType = known(type, 'lspci')
    }
    const flr = /FLReset([+-])/.exec(text)
    if (flr !== null) this.found.flr = known(flr[1] === '+', 'lspci')
    const af = /AFCap:.*FLR([+-])/.exec(text)
    if (af !== null) this.found.afFlr = known(af[1] === '+', 'lspci')
    const pm = /^Status: D([0-3]) .*NoSoftRst([+-])/.exec(text)
    if (pm !== null) this.found.pm = known({ state: Number(pm[1]), noSoftReset: pm[2] === '+' }, 'lspci')
    const msi = /MSI: Enable([+-]) .*Maskable([+-])/.exec(text)
    if (msi !== null) this.found.msi = known({ enabled: msi[1] === '+', maskable: msi[2] === '+' }, 'lspci')
    const msix = /MSI-X: Enable([+-]) Count=(\d+)/.exec(text)
    if (msix !== null) this.found.msix = known({ enabled: msix[1] === '+', size: Number(msix[2]) }, 'lspci')
    if (text.startsWith('ACSCap:')) this.acs.capability = acsWord(text)
    if (text.startsWith('ACSCtl:')) this.acs.control = acsWord(text)
    const vfs = /Initial VFs: (\d+), Total VFs: (\d+), Number of VFs: (\d+)/.exec(text)
    if (vfs !== null) {
      const [initialVfs, totalVfs, numVfs] = [Number(vfs[1]), Number(vfs[2]), Number(vfs[3])]
      this.found.sriov = known({ enabled: numVfs > 0, initialVfs, totalVfs, numVfs, vfDeviceId: 0 }, 'lspci')
    }
  }

  config(block: LspciBlock): ConfigSpace | undefined {
    if (this.denied || !this.seen) return undefined
    const open = <T>(what: string): Fact<T> => unknown('not-in-paste', 'lspci', `${what} shows only with lspci -vv`)
    const none = <T>(value: T, what: string): Fact<T> => (this.verbose ? known(value, 'lspci') : open<T>(what))
    // The extended list shows only where it could be read; with none of it seen, nothing is told.
    const beyond = <T>(value: T, what: string): Fact<T> =>
      this.verbose && this.extended ? known(value, 'lspci') : open<T>(what)
    const { capability, control } = this.acs
    const acs: Fact<AcsCapability | null> =
      capability === undefined ? beyond(null, 'ACS') : known({ capability, control: control ?? 0 }, 'lspci')
    const buses = block.bridgeBuses
    return {
      length: this.extended ? 4096 : 256,
      dead: block.dead === true,
      command: 0,
      interruptPin: 0,
      secondaryBus: known(buses?.secondary ?? null, 'lspci'),
      subordinateBus: known(buses?.subordinate ?? null, 'lspci'),
      pcieType: none(null, 'the port type'),
      flr: none(false, 'FLReset'),
      afFlr: none(false, 'AFCap'),
      pm: none(null, 'power management'),
      msi: none(null, 'MSI'),
      msix: none(null, 'MSI-X'),
      acs,
      sriov: beyond(null, 'SR-IOV'),
      ari: open('ARI'),
      rebar: open('resizable BARs'),
      ats: open('ATS'),
      pasid: open('PASID'),
      ...this.found,
    }
  }
}
