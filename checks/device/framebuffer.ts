import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import type { DeviceUse, PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { atLeast } from '../../src/rules/kernel.ts'
import { framebuffersIn } from '../../src/rules/framebuffer-memory.ts'
import { findFunction, isDisplay, isVfioDriver, onVfio } from '../../src/rules/pci.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'framebuffer-holds-bar' | 'bar-held-by-host' | 'framebuffer-on-device' | 'bar-access-slow'

export const check: AnyCheck = defineCheck({
  id: 'framebuffer',
  area: 'device',
  title: 'No framebuffer of the host holds the memory of a passed graphics card',
  needs: [],
  uses: ['messages', 'pci', 'kernel'],
  problems: {
    'framebuffer-holds-bar': {
      severity: 'fail',
      family: 'framebuffer-holds-device',
      title: 'The console of the host holds the memory of {who}',
      summary:
        'Firmware left a picture on this card, and the framebuffer of the host still owns that piece of its memory, so vfio-pci cannot reserve it. The guest starts and shows nothing. {age}',
      proof:
        'The kernel line "BAR N: can\'t reserve" of vfio-pci, or accesses to the BAR that QEMU was refused as busy.',
      ruledOut: 'The BAR in /proc/iomem with vfio-pci or nothing below it.',
      explains: ['guest-start-failed', 'bar-access-slow', 'framebuffer-on-device', 'rom-unreadable'],
      remedy: [
        { do: 'free-framebuffer', address: '{address}' },
        { do: 'enable-firmware-setting', setting: 'primary-display' },
        { do: 'show', what: 'iomem' },
      ],
      sources: [
        'drivers/vfio/pci/vfio_pci_core.c: vfio_pci_vga_init (aperture_remove_conflicting_pci_devices)',
        'drivers/pci/pci.c: __pci_request_region',
      ],
    },
    'bar-held-by-host': {
      severity: 'fail',
      family: 'framebuffer-holds-device',
      title: 'Something of the host holds the memory of {who}',
      summary:
        'vfio-pci could not reserve a BAR, because another owner has it in /proc/iomem. For a graphics card that is a framebuffer of the host; for others a driver that did not clean up, or firmware.{holder}',
      proof: 'The kernel line "BAR N: can\'t reserve" of vfio-pci.',
      ruledOut: 'The BAR in /proc/iomem with vfio-pci or nothing below it.',
      explains: ['guest-start-failed', 'bar-access-slow'],
      remedy: [{ do: 'show', what: 'iomem' }],
      sources: ['drivers/pci/pci.c: __pci_request_region'],
    },
    'framebuffer-on-device': {
      severity: 'fail',
      family: 'framebuffer-holds-device',
      title: 'A framebuffer of the host is on {who}',
      summary:
        'Kernels before 6.0 leave such a framebuffer in place when vfio-pci takes a card, and then a part of its memory stays reserved. Free it before the guest starts, or start the host on another card.',
      proof: 'A framebuffer on the candidate, and a kernel before 6.0.',
      ruledOut: 'Kernel 6.0 or later with vfio-pci as the one to take the card, or no framebuffer on it.',
      remedy: [{ do: 'free-framebuffer', address: '{address}' }],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_vga_init'],
    },
    'bar-access-slow': {
      severity: 'warn',
      family: 'framebuffer-holds-device',
      title: 'QEMU reaches the memory of {who} only by a slow way, or not at all',
      summary:
        'Mapping or accessing a BAR was refused. Mostly something of the host holds it; a BAR smaller than a page, or a device that sleeps, does the same.',
      proof: 'The message of QEMU.',
      ruledOut: 'No such line.',
      remedy: [
        { do: 'show', what: 'iomem' },
        { do: 'show', what: 'kernel-log' },
      ],
      sources: ['QEMU hw/vfio/region.c: vfio_region_mmap, vfio_region_write'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const recent = atLeast(facts.kernel, 6, 0)
    const age =
      recent === true
        ? 'This kernel frees it for cards of class VGA when vfio-pci takes them, so look whether vfio-pci came first or the card is of another class.'
        : 'Kernels from 6.0 on free it when vfio-pci takes the card.'
    const find = (address: string): PciFunction | undefined =>
      pci === undefined ? undefined : findFunction(pci, address)
    const hits: Hit<Code>[] = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const values = { ...hit.values, age }
      if (hit.code === 'bar-access-slow') return { ...hit, values, confidence: 'possible' }
      const fn = hit.subject.kind === 'device' ? find(hit.subject.address) : undefined
      const kind = fn === undefined ? undefined : valueOf(fn.class)
      const shown = [
        ...framebuffersIn(facts.messages, hit.evidence[0].saw).map(logEvidence),
        ...consolesOn(fn).map((one): Evidence => ({ source: one.source, saw: one.name })),
      ]
      const held: Hit<Code> = { ...hit, values, evidence: [...hit.evidence, ...shown] }
      if (shown.length > 0) return { ...held, confidence: kind === undefined ? 'likely' : 'certain' }
      // Somebody freed it since: nothing of the host is on the card any more, framebuffers included.
      if (fn !== undefined && isDisplay(fn) && valueOf(fn.uses)?.length === 0) {
        const now: Evidence = { source: fn.uses.source, saw: 'no framebuffer on it now' }
        return { ...held, evidence: [...held.evidence, now], severity: 'warn', confidence: 'possible' }
      }
      // From 6.0 on vfio-pci removes the framebuffers of a card of class VGA itself (vfio_pci_vga_init), and no other's.
      const freed = recent === true && kind !== undefined && kind >> 8 === VGA
      if (kind === undefined || (kind >> 16 === DISPLAY && !freed)) return { ...held, confidence: 'likely' }
      return { ...held, code: 'bar-held-by-host', values: { ...values, holder: holderOf(fn) }, confidence: 'likely' }
    })
    const free: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = find(address)
      if (fn === undefined || fn.uses.state === 'unknown' || !isDisplay(fn)) continue
      const [first, ...rest] = consolesOn(fn).map((one): Evidence => ({ source: one.source, saw: one.name }))
      if (first === undefined) free.push(address)
      else if (recent === false || onVfio(fn) === true)
        hits.push({
          code: onVfio(fn) === true ? 'framebuffer-holds-bar' : 'framebuffer-on-device',
          subject: { kind: 'device', address },
          values: { address, who: address, age },
          evidence: [first, ...rest],
          ...(onVfio(fn) === true ? { severity: 'warn' as const } : {}),
        })
    }
    if (hits.length === 0 && free.length > 0)
      return {
        kind: 'pass',
        evidence: [{ source: '/sys/class/graphics', saw: `no framebuffer on ${free.join(', ')}` }],
      }
    return concludeOutput(hits, 'no graphics card is to be passed through, or its framebuffers are not shown')
  },
})

const DISPLAY = 0x03
const VGA = 0x0300

function consolesOn(fn: PciFunction | undefined): readonly DeviceUse[] {
  return (fn === undefined ? [] : (valueOf(fn.uses) ?? [])).filter((one) => one.kind === 'framebuffer')
}

/** Who may hold it: the driver that the listing names, which holds the BARs of what it drives. */
function holderOf(fn: PciFunction | undefined): string {
  const driver = fn === undefined ? null : (valueOf(fn.driver) ?? null)
  if (driver !== null && !isVfioDriver(driver)) return ` A listing shows the device on ${driver}, which holds it then.`
  const own = fn === undefined ? [] : (valueOf(fn.kernelModules) ?? []).filter((one) => !isVfioDriver(one))
  return own.length > 0 ? ` Its own driver is ${own.join(' or ')}.` : ''
}

function pick(hit: MessageHit): Code | undefined {
  if (hit.id === 'pci-can-reserve')
    return isVfioDriver(hit.values['driver'] ?? '') ? 'framebuffer-holds-bar' : undefined
  if (hit.id === 'q-bar-write-old' || hit.id === 'q-region-write' || hit.id === 'q-region-read')
    switch (hit.values['error']) {
      case 'EBUSY':
        return 'framebuffer-holds-bar'
      // The device is gone, which the check device-open tells.
      case 'ENODEV':
      case 'EIO':
        return undefined
      default:
        return 'bar-access-slow'
    }
  return hit.id === 'q-bar-mmap' ? 'bar-access-slow' : undefined
}
