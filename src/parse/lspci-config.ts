import { known, unknown, type Fact } from '../model/fact.ts'
import type { AcsCapability, ConfigSpace, PcieType } from '../model/pci.ts'
import { HEADER_LENGTH, parseConfigSpace } from './config-space.ts'
import type { LspciBlock } from './lspci.ts'

/** Device/port types as cap_express in pciutils' ls-caps.c names them. */
const PORTS: readonly (readonly [string, PcieType])[] = [
  ['Root Complex Integrated Endpoint', 'rc-integrated-endpoint'],
  ['Root Complex Event Collector', 'rc-event-collector'],
  ['Root Port', 'root-port'],
  ['Upstream Port', 'upstream-port'],
  ['Downstream Port', 'downstream-port'],
  ['PCI-Express to PCI', 'pcie-to-pci-bridge'],
  ['PCI/PCI-X to PCI-Express', 'pci-to-pcie-bridge'],
  ['PCI-X to PCI-Express', 'pci-to-pcie-bridge'],
  ['Legacy Endpoint', 'legacy-endpoint'],
  ['Endpoint', 'endpoint'],
]

/** Names and bits of the ACS words (cap_acs in pciutils' ls-ecaps.c; PCIe base specification 7.7.11). */
const ACS_FLAGS: readonly (readonly [string, number])[] = [
  ['SrcValid', 0x01],
  ['TransBlk', 0x02],
  ['ReqRedir', 0x04],
  ['CmpltRedir', 0x08],
  ['UpstreamFwd', 0x10],
  ['EgressCtrl', 0x20],
  ['DirectTrans', 0x40],
]

function acsWord(text: string): number {
  let word = 0
  for (const [name, bit] of ACS_FLAGS) if (text.includes(`${name}+`)) word |= bit
  return word
}

/** The words that tell a line apart before any pattern runs: most lines of -vvv have none. */
const TELLING =
  /^(?:Capabilities|DevCap|ExtTag|LnkCap|Status: D|ACS(?:Cap|Ctl)|AFCap|Initial VFs|IOVCtl|BAR \d: current)|FLReset/

/**
 * Gathers the capability lines of one block. Only -vv shows them whole; `<access denied>` leaves all unknown, and of a
 * block with lines left out nothing is known to be missing.
 */
export class LspciCapabilities {
  #denied = false
  #seen = false
  #verbose = false
  #extended = false
  readonly #found: { -readonly [K in keyof ConfigSpace]?: ConfigSpace[K] } = {}
  #acs: { capability?: number; control?: number } = {}

  read(text: string): void {
    if (!TELLING.test(text)) return
    if (text.startsWith('Capabilities: ')) this.#capability(text)
    if (/^(?:DevCap|LnkCap|Status: D\d|ACSCap)/.test(text)) this.#verbose = true
    const flr = /FLReset([+-])/.exec(text)
    if (flr !== null) this.#found.flr = known(flr[1] === '+', 'lspci')
    const af = /^AFCap:.*\bFLR([+-])/.exec(text)
    if (af !== null) this.#found.afFlr = known(af[1] === '+', 'lspci')
    const pm = /^Status: D([0-3]) .*NoSoftRst([+-])/.exec(text)
    if (pm !== null) this.#found.pm = known({ state: Number(pm[1]), noSoftReset: pm[2] === '+' }, 'lspci')
    if (text.startsWith('ACSCap:')) this.#acs.capability = acsWord(text)
    if (text.startsWith('ACSCtl:')) this.#acs.control = acsWord(text)
    const vfs = /^Initial VFs: (\d{1,5}), Total VFs: (\d{1,5}), Number of VFs: (\d{1,5})/.exec(text)
    if (vfs !== null) {
      const [initialVfs, totalVfs, numVfs] = [Number(vfs[1]), Number(vfs[2]), Number(vfs[3])]
      this.#found.sriov = known({ enabled: numVfs > 0, initialVfs, totalVfs, numVfs, vfDeviceId: 0 }, 'lspci')
    }
  }

  #capability(text: string): void {
    if (text.startsWith('Capabilities: <access denied>')) {
      this.#denied = true
      return
    }
    this.#seen = true
    if (/^Capabilities: \[[0-9a-f]{3}/.test(text)) this.#extended = true
    const express = /\] Express (?:\(v\d\) )?(.{1,60})/.exec(text)?.[1]
    const type = express === undefined ? undefined : PORTS.find(([name]) => express.startsWith(name))?.[1]
    if (type !== undefined) this.#found.pcieType = known(type, 'lspci')
    const msi = /\] MSI: Enable([+-])(?:.*Maskable([+-]))?/.exec(text)
    if (msi !== null) this.#found.msi = known({ enabled: msi[1] === '+', maskable: msi[2] === '+' }, 'lspci')
    const msix = /\] MSI-X: Enable([+-]) Count=(\d{1,5})/.exec(text)
    if (msix !== null) this.#found.msix = known({ enabled: msix[1] === '+', size: Number(msix[2]) }, 'lspci')
    if (/\] Alternative Routing-ID Interpretation/.test(text)) this.#found.ari = known(true, 'lspci')
    if (/\] Address Translation Service/.test(text)) this.#found.ats = known(true, 'lspci')
    if (/\] Process Address Space ID/.test(text)) this.#found.pasid = known(true, 'lspci')
  }

  /** undefined: no capability is shown. */
  config(block: LspciBlock): ConfigSpace | undefined {
    if (this.#denied || !this.#seen) return undefined
    const whole = this.#verbose && block.cut !== true
    const absent = <T>(value: T, what: string, seen: boolean = whole): Fact<T> =>
      seen
        ? known(value, 'lspci')
        : unknown('not-in-paste', 'lspci', `only a whole lspci -vv shows that there is no ${what}`)
    // The extended list shows only where it could be read; with none of it seen, nothing is told.
    const beyond = <T>(value: T, what: string): Fact<T> => absent(value, what, whole && this.#extended)
    const { capability, control } = this.#acs
    const acs: Fact<AcsCapability | null> =
      capability === undefined ? beyond(null, 'ACS') : known({ capability, control: control ?? 0 }, 'lspci')
    return {
      length: this.#extended ? 4096 : 256,
      dead: block.dead === true,
      command: block.command ?? 0,
      interruptPin: block.interruptPin ?? 0,
      secondaryBus: known(block.bridgeBuses?.secondary ?? null, 'lspci'),
      subordinateBus: known(block.bridgeBuses?.subordinate ?? null, 'lspci'),
      pcieType: absent(null, 'PCI Express capability'),
      flr: absent(false, 'FLReset'),
      afFlr: absent(false, 'AFCap'),
      pm: absent(null, 'power management'),
      msi: absent(null, 'MSI'),
      msix: absent(null, 'MSI-X'),
      acs,
      sriov: beyond(null, 'SR-IOV'),
      ari: beyond(false, 'ARI'),
      rebar: unknown('not-in-paste', 'lspci'),
      ats: beyond(false, 'ATS'),
      pasid: beyond(false, 'PASID'),
      ...this.#found,
    }
  }
}

/** The dump of a block, or what stands for one: a function whose first line says ff everywhere is gone. */
export function configOfDump(block: LspciBlock): ConfigSpace | undefined {
  if (block.bytes !== undefined && block.bytes.length >= HEADER_LENGTH) {
    return parseConfigSpace(block.bytes, 'lspci -x') ?? undefined
  }
  return block.dead === true
    ? (parseConfigSpace(new Uint8Array(HEADER_LENGTH).fill(0xff), 'lspci') ?? undefined)
    : undefined
}
