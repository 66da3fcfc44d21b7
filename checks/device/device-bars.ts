import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf, type Fact } from '../../src/model/fact.ts'
import type { KernelLog, MessageHit } from '../../src/model/log.ts'
import { concludeOutput, onlyIfWanted, unwanted } from '../../src/rules/conclude.ts'
import { findFunction, sysfs } from '../../src/rules/pci.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'bar-not-assigned': [
    'pci-not-assigned',
    'pci-not-assigned-old',
    'pci-not-claimed',
    'pci-not-claimed-old',
    'pci-bar-4g',
    'pci-window-unused',
  ],
  'bar-no-space': ['pci-no-space', 'pci-no-space-old', 'pci-fail-assign', 'pci-fail-assign-old'],
  'bar-broken': ['pci-invalid-bar', 'pci-invalid-bar-old'],
  'bar-missing-for-driver': ['nv-bar-invalid'],
  'bar-resize-refused': ['pci-bar-resize-fail', 'sh-resize-ebusy', 'sh-resize-enospc'],
} as const

type Code = keyof typeof CODES | 'bar-unassigned' | 'bar-dropped'

const SOURCES = ['drivers/pci/setup-res.c: pci_enable_resources', 'drivers/pci/setup-bus.c'] as const

export const check: AnyCheck = defineCheck({
  id: 'device-bars',
  area: 'device',
  title: 'Every BAR of each device to be passed through has an address',
  needs: [],
  uses: ['messages', 'pci', 'kernelLog'],
  problems: {
    'bar-unassigned': {
      severity: 'fail',
      family: 'bar-unassigned',
      title: 'BAR {bar} of {who} ({size} MiB) has no address',
      summary:
        'Neither firmware nor the kernel found room for this memory of the device, so it cannot be enabled, on the host or in a guest. Large BARs need addresses above 4 GiB, which is a switch in firmware.',
      proof: 'A line of the resource attribute with flags and without an address.',
      ruledOut: 'An address for every BAR.',
      explains: ['bar-not-assigned', 'bar-no-space', 'device-open-refused', 'guest-start-failed'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
        { do: 'set-kernel-parameter', parameter: 'pci=realloc' },
      ],
      sources: ['Documentation/ABI/testing/sysfs-bus-pci: resource', ...SOURCES],
    },
    'bar-dropped': {
      severity: 'warn',
      family: 'bar-unassigned',
      title: 'The kernel found no room for BAR {bar} of {who}, and goes on without it',
      summary:
        'It struck this memory from the device, which can be enabled and handed over all the same. A guest then sees no such BAR, and the driver of the device will hardly do without. Large BARs need addresses above 4 GiB, which is a switch in firmware.',
      proof: 'The kernel line "failed to assign" for this BAR, and no such BAR in the resource attribute.',
      ruledOut: 'An address for this BAR in the resource attribute.',
      explains: ['bar-no-space'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
        { do: 'set-kernel-parameter', parameter: 'pci=realloc' },
      ],
      sources: ['drivers/pci/setup-bus.c: reset_resource', 'drivers/vfio/pci/vfio_pci_core.c: pci_resource_len'],
    },
    'bar-not-assigned': {
      severity: 'fail',
      family: 'bar-unassigned',
      title: '{who} cannot be enabled: one of its BARs has no address',
      summary:
        'The kernel refuses to enable a device before each of its BARs has a place. There was no room for this one, below the bridge or in all.',
      proof: 'The kernel line that the device cannot be enabled.',
      ruledOut: 'An address for every BAR in the resource attribute.',
      explains: ['bar-no-space', 'device-open-refused', 'guest-start-failed'],
      remedy: [
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
        { do: 'set-kernel-parameter', parameter: 'pci=realloc' },
      ],
      sources: SOURCES,
    },
    'bar-no-space': {
      severity: 'warn',
      family: 'bar-unassigned',
      title: 'The kernel found no room for a BAR of {who} at first',
      summary:
        'That is often mended by the next attempt, and for I/O ports it does not matter. The resource attribute of the device tells whether the BAR has an address in the end.',
      proof: 'The kernel lines "no space" or "failed to assign" for memory of this device.',
      ruledOut: 'An address for every BAR in the resource attribute.',
      remedy: [
        { do: 'show', what: 'lspci-verbose' },
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
      ],
      sources: ['drivers/pci/setup-res.c: pci_assign_resource'],
    },
    'bar-missing-for-driver': {
      severity: 'fail',
      family: 'bar-unassigned',
      title: 'BAR {bar} of {who} has no address, so its own driver does not take it',
      summary:
        'The driver says so of the machine on which it runs. In a guest, the window for 64-bit PCI memory is too small for the card, or for all cards together. On the host, firmware or the kernel found no room for it.',
      proof: 'The line of the NVIDIA driver about a BAR of 0M.',
      ruledOut: 'An address for every BAR where the driver runs.',
      explains: ['bar-no-space'],
      remedy: [
        {
          do: 'change-guest',
          say: 'If the line is from a guest: use UEFI firmware (OVMF) there, and give it a larger window, in MiB.',
          qemu: '-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=262144',
        },
        { do: 'enable-firmware-setting', setting: 'above-4g-decoding' },
        { do: 'set-kernel-parameter', parameter: 'pci=realloc' },
      ],
      blocks: 'machine',
      sources: ['NVIDIA kernel-open/nvidia/nv-pci.c: nv_pci_probe', 'OVMF OvmfPkg/Library/PlatformInitLib/MemDetect.c'],
    },
    'bar-broken': {
      severity: 'warn',
      family: 'bar-unassigned',
      title: 'The BARs of {who} make no sense to the kernel',
      summary:
        'The device gives sizes or types that are not allowed, or does not answer while they are sized. The kernel leaves such a BAR off.',
      proof: 'The kernel line.',
      ruledOut: 'No such line.',
      explains: ['device-open-refused'],
      remedy: [{ do: 'update-firmware' }],
      sources: ['drivers/pci/probe.c: __pci_read_base'],
    },
    'bar-resize-refused': {
      severity: 'warn',
      family: 'bar-unassigned',
      title: 'A BAR of {who} could not be resized',
      summary:
        'The size can be changed only while no driver, vfio-pci included, has the device, and only if the bridge above has room for the new size.',
      proof: 'The answer to the write, or the kernel line.',
      ruledOut: 'The new size in the resource attribute.',
      remedy: [
        { do: 'advise', say: 'Unbind the device from every driver before you change the size.' },
        { do: 'enable-firmware-setting', setting: 'resizable-bar' },
      ],
      sources: ['drivers/pci/pci-sysfs.c: __resource_resize_store', 'drivers/pci/setup-res.c: pci_resize_resource'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const complete = new Set<string>()
    const hits: Hit<Code>[] = []
    for (const address of scope.candidates.keys()) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      const resources = fn === undefined ? undefined : valueOf(fn.resources)
      if (resources === undefined) continue
      // Ports are not needed by PCI Express devices, and the ROM is placed when it is read.
      const missing = resources.find((one) => one.unassigned && one.kind === 'memory' && one.index < 6)
      const dropped = messagesWith(facts.messages, 'pci-fail-assign', 'pci-fail-assign-old').flatMap((hit) => {
        const bar = hit.device === address ? /\bBAR ([0-5])\b.{0,8}\[mem /.exec(hit.text)?.[1] : undefined
        return bar === undefined || resources.some((one) => one.index === Number(bar)) ? [] : [{ bar, hit }]
      })
      for (const bar of new Set(dropped.map((one) => one.bar))) {
        const said = dropped.filter((one) => one.bar === bar).map((one) => logEvidence(one.hit))
        hits.push({
          code: 'bar-dropped',
          subject: { kind: 'device', address },
          values: { bar, who: address },
          evidence: [
            { source: sysfs(address, 'resource'), saw: `line ${Number(bar) + 1}: nothing`, wanted: 'an address' },
            ...said,
          ],
        })
      }
      if (missing === undefined && dropped.length === 0) complete.add(address)
      else if (missing !== undefined) {
        const values = { address, who: address, bar: String(missing.index), size: String(missing.size >> 20n) }
        hits.push({
          code: 'bar-unassigned',
          subject: { kind: 'device', address },
          values,
          evidence: [
            {
              source: sysfs(address, 'resource'),
              saw: `line ${missing.index + 1}: flags 0x${missing.flags.toString(16)} and no address`,
              wanted: 'an address',
            },
          ],
        })
      }
    }
    let placed: ReadonlyMap<string, number> | undefined
    for (const hit of raise<keyof typeof CODES>(
      facts.messages,
      CODES,
      (one, code) => code !== 'bar-no-space' || lastWord(one, (placed ??= placements(facts.kernelLog))),
    )) {
      const address = hit.values?.['address'] ?? ''
      const over = (hit.code === 'bar-no-space' || hit.code === 'bar-not-assigned') && complete.has(address)
      if (over || (hit.code === 'bar-no-space' && unwanted(address, facts.pci, scope))) continue
      const doubt: Partial<Hit<Code>> = hit.code === 'bar-no-space' ? { confidence: 'possible' } : {}
      hits.push(onlyIfWanted({ ...hit, ...doubt }, facts.pci, scope))
    }
    if (hits.length === 0 && complete.size > 0)
      return {
        kind: 'pass',
        evidence: [
          { source: '/sys/bus/pci/devices/*/resource', saw: `an address for every BAR of ${[...complete].join(', ')}` },
        ],
      }
    return concludeOutput(hits, 'no device is to be passed through, or no BAR is shown')
  },
})

/**
 * About a BAR of the device itself, 0 to 5, that did not get its place later: 6 is the ROM, which is placed when it is
 * read, 7 to 12 are those of virtual functions, and the rest windows of a port (include/linux/pci.h). Linux 6.8 and later
 * say `ROM`, `VF BAR` and `bridge window` (pci_resource_name, drivers/pci/pci.c).
 */
function lastWord(hit: MessageHit, placed: ReadonlyMap<string, number>): boolean {
  const bar = /(?<!VF )\bBAR ([0-5])\b/.exec(hit.text)?.[1]
  return bar !== undefined && !hit.text.includes('[io') && (placed.get(`${hit.device} ${bar}`) ?? 0) <= hit.line
}

/**
 * The last line in which a BAR got its place, by address and number: `BAR 0 [mem …]: assigned`, and before Linux 6.8
 * `BAR 0: assigned [mem …]` (drivers/pci/setup-res.c: pci_assign_resource).
 */
function placements(log: Fact<KernelLog>): ReadonlyMap<string, number> {
  const placed = new Map<string, number>()
  for (const { text, line } of valueOf(log)?.lines ?? []) {
    const found = text.includes(': assigned')
      ? / ([\da-f:.]{12,16}): BAR (\d)(?: \[mem [^\]]{1,80}\])?: assigned\b/.exec(text)
      : null
    if (found !== null) placed.set(`${found[1]} ${found[2]}`, line)
  }
  return placed
}
