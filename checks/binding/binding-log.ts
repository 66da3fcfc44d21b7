import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { KernelLog, LogLine, MessageHit } from '../../src/model/log.ts'
import { concludeLog, onlyIfWanted } from '../../src/rules/conclude.ts'
import { findFunction, onVfio } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'device-resources-left': ['vfio-devres-left'],
  'device-waits-for-another': ['probe-deferred-timeout'],
  'group-taken-kernel-stopped': ['vfio-bug-group'],
  'device-registered-twice': ['vfio-dev-exists'],
} as const

type Code = keyof typeof CODES | 'nvidia-held-open' | 'graphics-driver-first'

export const check: AnyCheck = defineCheck({
  id: 'binding-log',
  area: 'binding',
  title: 'The kernel log has no complaint about taking devices from their drivers',
  needs: ['messages'],
  uses: ['kernelLog', 'pci'],
  problems: {
    'nvidia-held-open': {
      severity: 'fail',
      family: 'host-driver-bound',
      title: 'nvidia could not let go of {address}: programs on the host still have it open',
      summary:
        'The driver of NVIDIA waits, without end, until nobody uses the card any more. The unbind, and with it libvirt or the shell, hangs. Programs that close it later may not be enough then; a restart of the host is. Bind the card at boot, so that nvidia never has it.',
      proof: 'The line "Attempting to remove device … with non-zero usage count" of the driver.',
      ruledOut: 'No such line, or the card on vfio-pci since.',
      explains: ['vmm-unbind-failed', 'device-on-host-driver', 'guest-start-failed'],
      remedy: [
        {
          do: 'stop-user',
          what: 'The display manager, nvidia-persistenced, container toolkits and monitoring that hold the card',
        },
        { do: 'bind-at-boot', addresses: '{address}', ids: '' },
        { do: 'reboot' },
      ],
      blocks: 'machine',
      sources: ['NVIDIA open kernel modules, kernel-open/nvidia/nv-pci.c: nv_pci_remove_helper'],
    },
    'graphics-driver-first': {
      severity: 'info',
      family: 'bind-too-late',
      title: '{driver} had {address} at this start before vfio-pci could have it',
      summary:
        'Graphics drivers do not let go of a card cleanly: the console or the desktop may hang as it is taken from them, and the guest may get a card that shows nothing. Have vfio-pci loaded first, in the initramfs, so that the driver never has it. A take-over while the host starts, as driverctl does it, comes too late for a card.',
      proof: 'Lines of the graphics driver for the card, and later in the same start those of vfio-pci.',
      ruledOut: 'vfio-pci with the card from the first, or a driver that took it back after a guest.',
      remedy: [{ do: 'bind-at-boot', addresses: '{address}', ids: '' }],
      sources: ['drivers/base/dd.c: really_probe', 'drivers/vfio/pci/vfio_pci.c: vfio_pci_fill_ids'],
    },
    'device-resources-left': {
      severity: 'fail',
      family: 'software-bug',
      title: 'The driver that had {who} before left something behind, so no driver may have it',
      summary:
        'The kernel found memory or interrupts of a former driver still held for the device, and refuses to let another driver begin. Removing the device and looking for it again may clear that; a restart does. The fault is in the former driver.',
      proof: 'The line "Resources present before probing" for the device.',
      ruledOut: 'The device on a VFIO driver now.',
      explains: ['bind-write-error', 'vmm-bind-failed', 'device-unbound', 'override-without-driver'],
      remedy: [{ do: 'rescan-device', address: '{address}' }, { do: 'reboot' }],
      sources: ['drivers/base/dd.c: really_probe'],
    },
    'device-waits-for-another': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{who} waits for another device and has no driver yet',
      summary:
        'A driver put the device off until something that it needs is there: a clock, a regulator, an IOMMU. On boards described by a device tree that is common. {line}',
      proof: 'The line "deferred probe pending" for the device.',
      ruledOut: 'The device on a driver now.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['drivers/base/dd.c: deferred_probe_timeout_work_func'],
    },
    'group-taken-kernel-stopped': {
      severity: 'fail',
      family: 'group-not-viable',
      title: 'A host driver took a device out of a group that a guest was using, and the kernel stopped itself',
      summary:
        'Kernels before 5.19 end in a BUG when that happens; later ones refuse the driver. While a guest runs, no other device of its group may go to a host driver, at plugging in or scanning again either.',
      proof: 'The line "kernel BUG at drivers/vfio/vfio.c".',
      ruledOut: 'No such line.',
      remedy: [{ do: 'reboot' }, { do: 'upgrade', what: 'kernel' }],
      blocks: 'machine',
      sources: ['drivers/vfio/vfio.c: vfio_group_nb_verify', 'drivers/iommu/iommu.c: iommu_device_use_default_domain'],
    },
    'device-registered-twice': {
      severity: 'fail',
      family: 'software-bug',
      title: '{who} was registered twice with VFIO',
      summary:
        'The kernel refused a second registration of the same device. That is a fault of the kernel or of a driver from outside it.',
      proof: 'The line "Device already exists on group".',
      ruledOut: 'The device on a VFIO driver now.',
      explains: ['probe-failed', 'bind-write-error'],
      remedy: [{ do: 'reboot' }, { do: 'report-bug', to: 'kernel' }],
      sources: ['drivers/vfio/vfio_main.c: vfio_group_create_device'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const raised: readonly Hit<Code>[] = raise<keyof typeof CODES>(facts.messages, CODES, concerns)
    const log = facts.kernelLog
    const held = log.state === 'known' ? nvidia(log.value, log.source) : []
    const first = log.state === 'known' ? graphicsFirst(log.value, log.source) : []
    const hits = [...held, ...first, ...raised].map((hit): Hit<Code> => {
      const fn = hit.subject.kind === 'device' && pci !== undefined ? findFunction(pci, hit.subject.address) : undefined
      // What has a driver by now was refused once.
      const over =
        fn !== undefined &&
        hit.code !== 'graphics-driver-first' &&
        (onVfio(fn) === true || (hit.code === 'device-waits-for-another' && valueOf(fn.driver) !== null))
      return over ? { ...hit, severity: 'info' } : onlyIfWanted(hit, facts.pci, scope)
    })
    return concludeLog(facts.messages, hits, 'devices that a driver would not let go of')
  },
})

/** Parts of a board wait for each other as a rule; a PCI function or an IOMMU that waits may be the one in question. */
function concerns({ device, text }: MessageHit, code: string): boolean {
  return code !== 'device-waits-for-another' || device !== null || /iommu|smmu/i.test(text)
}

const HELD =
  /NVRM: Attempting to remove (?:minor )?device (?:([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) |\d+ )?with non-zero usage count/

/** One hit a card: the driver says it once a try. */
function nvidia(log: KernelLog, source: string): readonly Hit<Code>[] {
  const hits = new Map<string, Hit<Code>>()
  for (const line of log.lines) {
    const found = line.text.includes('non-zero usage') ? HELD.exec(line.text) : null
    if (found === null) continue
    const address = found[1]?.toLowerCase() ?? null
    const key = address ?? 'host'
    if (hits.has(key)) continue
    hits.set(key, {
      code: 'nvidia-held-open',
      subject: address === null ? { kind: 'host' } : { kind: 'device', address },
      values: { address: address ?? 'the card' },
      evidence: [{ source: `${source}, line ${line.line}`, saw: line.text }],
    })
  }
  return [...hits.values()]
}

const DRIVER_LINE = /^(amdgpu|radeon|nouveau|i915|xe|nvidia|vfio-pci) ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): /

/** A start of the host takes so many seconds; what comes later is a guest that starts. */
const START = 120

/** Cards of which a graphics driver speaks first and vfio-pci after it, both while the host starts. */
function graphicsFirst(log: KernelLog, source: string): readonly Hit<Code>[] {
  const before = new Map<string, LogLine & { readonly driver: string }>()
  const hits = new Map<string, Hit<Code>>()
  for (const line of log.lines) {
    const [, driver, address] = DRIVER_LINE.exec(line.text) ?? []
    if (driver === undefined || address === undefined) continue
    const earlier = before.get(address)
    if (driver !== 'vfio-pci') {
      if (earlier === undefined) before.set(address, { ...line, driver })
    } else if (earlier === undefined) before.set(address, { ...line, driver })
    else if (earlier.driver !== driver && sameStart(earlier, line) && !hits.has(address)) {
      const evidence = [earlier, line].map((one) => ({ source: `${source}, line ${one.line}`, saw: one.text }))
      hits.set(address, {
        code: 'graphics-driver-first',
        subject: { kind: 'device', address },
        values: { address, driver: earlier.driver },
        evidence: [evidence[0]!, ...evidence.slice(1)],
      })
    }
  }
  return [...hits.values()]
}

function sameStart(one: LogLine, other: LogLine): boolean {
  if (one.time !== null && other.time !== null) return other.time < START
  const minute = (line: LogLine): string | undefined => /^.{0,20}?\d{1,2}:\d{2}/.exec(line.wall ?? '')?.[0]
  return minute(one) !== undefined && minute(one) === minute(other)
}
