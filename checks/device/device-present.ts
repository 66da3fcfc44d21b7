import { defineCheck, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeOutput, onlyIfWanted, unwanted } from '../../src/rules/conclude.ts'
import { whyNothing } from '../../src/rules/dead-function.ts'
import type { PciList } from '../../src/model/pci.ts'
import { findFunction, isBridge, readsNothing, sysfs } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'
import { behind } from '../../src/rules/topology.ts'

const CODES = {
  'device-config-dead': [
    'sh-lspci-ff',
    'sh-lspci-7f',
    'l-class',
    'l-header-type',
    'l-header-type-bare',
    'p-irq-pin',
    'pci-no-response',
  ],
  'device-link-lost': ['pciehp-linkdown', 'pciehp-notpresent', 'pci-link-retrain-fail'],
  'device-error-fatal': ['q-unrecoverable', 'aer-recover-fail', 'dpc-event'],
  'drive-not-answering': ['nvme-not-ready', 'nvme-down', 'nvme-dead'],
  'device-errors': ['aer-bus-error', 'aer-no-cb'],
  'device-capability-broken': ['q-msix-pba', 'q-cap-add'],
  'device-held-open': ['vfio-in-use', 'vfio-request-blocked', 'vfio-request-relay'],
} as const

type Code = keyof typeof CODES | 'device-function-dead'

export const check: AnyCheck = defineCheck({
  id: 'device-present',
  area: 'device',
  title: 'Each device to be passed through answers on the bus',
  needs: [],
  uses: ['messages', 'pci'],
  problems: {
    'device-config-dead': {
      severity: 'fail',
      family: 'device-unreachable',
      title: '{who} does not answer: its configuration space reads ff',
      summary:
        'Every register reads all ones, as an empty slot does. The device hangs after a reset, sleeps without power, or its link is down. Nothing can use it before it answers again; often only taking all power away helps.',
      proof:
        'A configuration space of ff: lspci shows "rev ff" and "Unknown header type 7f", libvirt an unknown header type 127, and QEMU stops over an interrupt pin that there is not.',
      ruledOut: 'Plain values, or a device that merely sleeps in D3cold and reads plain values once awake.',
      explains: ['device-access-failed', 'device-open-refused', 'reset-failed', 'guest-start-failed', 'rom-unreadable'],
      remedy: [
        { do: 'rescan-device', address: '{address}' },
        {
          do: 'advise',
          say: 'If it does not come back, switch the machine off and take its power away for some seconds.',
        },
      ],
      sources: ['drivers/pci/access.c: PCI_SET_ERROR_RESPONSE', 'PCI Express base specification 2.3.2'],
    },
    'device-link-lost': {
      severity: 'warn',
      family: 'device-unreachable',
      title: 'The link of {who} went down',
      summary:
        'The port lost the device below it: pulled, without power, or reset so that the link did not train again. A guest that has the device loses it.',
      proof: 'A line of the hot-plug or link code of the kernel.',
      ruledOut: 'No such line, or the device back on the bus.',
      explains: ['device-config-dead', 'host-device-missing'],
      remedy: [
        { do: 'rescan-device', address: '{address}' },
        { do: 'move-card', address: '{address}' },
      ],
      sources: ['drivers/pci/hotplug/pciehp_ctrl.c', 'drivers/pci/quirks.c: pcie_failed_link_retrain'],
    },
    'device-error-fatal': {
      severity: 'warn',
      family: 'device-unreachable',
      title: 'A PCIe error of {who} could not be mended',
      summary:
        'The link reported an error that is not corrected by itself, and recovery failed or the port was shut off. QEMU stops a guest that has the device. Cabling, riser, slot and power saving of the link are the usual reasons.',
      proof: 'The line of the kernel, or of QEMU that an unrecoverable error was detected.',
      ruledOut: 'A line that the recovery was successful.',
      explains: ['device-errors', 'device-config-dead'],
      remedy: [
        {
          do: 'advise',
          say: 'Try another slot or riser, a lower link speed in firmware, or pcie_aspm=off for a test. Hiding the messages mends nothing.',
        },
        { do: 'update-firmware' },
      ],
      sources: [
        'drivers/pci/pcie/err.c: pcie_do_recovery',
        'drivers/pci/pcie/dpc.c',
        'QEMU hw/vfio/pci.c: vfio_err_notifier_handler',
      ],
    },
    'drive-not-answering': {
      severity: 'warn',
      family: 'device-unreachable',
      title: 'An NVMe drive does not answer the driver of the host',
      summary:
        'Where that comes after a guest had the drive, it did not survive the reset in between, or sleeps without power. A drive of the host that does so fails, or cannot stand the power saving of its link. Virtual functions of a drive say so until they are given resources, which is no fault.',
      proof: 'The line of the driver nvme.',
      ruledOut: 'No such line.',
      explains: ['device-config-dead'],
      remedy: [
        {
          do: 'advise',
          say: 'Switch the machine off and take its power away for some seconds; then look whether the drive works on the host before a guest has it. Firmware of the drive, and nvme_core.default_ps_max_latency_us=0 for a test, are the next steps.',
        },
        { do: 'show', what: 'kernel-log' },
      ],
      blocks: 'machine',
      sources: ['drivers/nvme/host/core.c: nvme_wait_ready', 'drivers/nvme/host/pci.c: nvme_warn_reset'],
    },
    'device-errors': {
      severity: 'info',
      family: 'healthy',
      title: 'The link of {who} reported errors ({count})',
      summary:
        'Errors that were corrected cost nothing but a repeated transfer; a flood of them points to a weak link. They do not keep a device from a guest.',
      proof: 'AER lines in the kernel log.',
      ruledOut: 'No such line.',
      remedy: [
        {
          do: 'advise',
          say: 'If there are many, look at slot, riser and power saving of the link. Hiding the messages mends nothing.',
        },
      ],
      sources: ['drivers/pci/pcie/aer.c: aer_print_error'],
    },
    'device-function-dead': {
      severity: 'fail',
      family: 'device-unreachable',
      title: '{who} is a function that does nothing: {why}',
      summary:
        'Its capabilities point at memory that it does not have, so QEMU refuses it. A function like this is unused or broken; leave it out of the guest.',
      proof: 'QEMU refused a capability of the function, and its device id is 0000 or ffff or it has no BAR.',
      ruledOut: 'A device id and BARs.',
      explains: ['device-capability-broken', 'guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave this function out of the guest; the other functions of the card can stay in it.',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_msix_early_setup', 'PCI Express base specification 7.5.1.1'],
    },
    'device-capability-broken': {
      severity: 'fail',
      family: 'software-bug',
      title: 'QEMU does not accept a capability of {who}',
      summary:
        'What the device says of itself does not fit together, mostly where its MSI-X table lies. QEMU knows some such devices; a newer one may know this.',
      proof: 'The message of QEMU.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [
        { do: 'upgrade', what: 'qemu' },
        { do: 'show', what: 'lspci-verbose' },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_msix_early_setup, vfio_add_std_cap'],
    },
    'device-held-open': {
      severity: 'info',
      family: 'host-driver-bound',
      title: '{who} was to be taken away while a guest had it',
      summary:
        'Somebody unbound or removed the device while a process still had it open. The kernel waits until that process lets go; the shell hangs for so long.',
      proof: 'The kernel line that the device is in use or that the user was asked.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'stop-user', what: '{address}' }],
      sources: ['drivers/vfio/vfio_main.c: vfio_unregister_group_dev'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const dead = (hit: Hit<Code>): Hit<Code> => {
      const why = hit.code === 'device-capability-broken' ? whyNothing(hit.values?.['address'], pci) : undefined
      if (why === undefined) return hit
      const evidence: NonEmpty<Evidence> = [...hit.evidence, why]
      return { ...hit, code: 'device-function-dead', values: { ...hit.values, why: why.saw }, evidence }
    }
    const hits: Hit<Code>[] = raise<keyof typeof CODES>(facts.messages, CODES, (hit, code) => counts(hit, code, pci))
      .filter((hit) => hit.code !== 'device-errors' || !unwanted(hit.values?.['address'] ?? '', facts.pci, scope))
      .map((hit): Hit<Code> => onlyIfWanted(dead(hit), facts.pci, scope))
      .map((hit): Hit<Code> => (hit.code === 'device-link-lost' ? linkOf(hit, pci) : hit))
      .map((hit): Hit<Code> => (hit.code === 'drive-not-answering' ? { ...hit, confidence: 'possible' } : hit))
    for (const fn of pci?.functions ?? []) {
      const { address } = fn
      const told = hits.some((one) => one.code === 'device-config-dead' && one.values?.['address'] === address)
      if (!readsNothing(fn) || told || valueOf(fn.powerState) === 'D3cold') continue
      const wanted = scope.candidates.has(address)
      // The second graphics card of a laptop reads so while it sleeps without power.
      if (!wanted && pci?.complete === true) continue
      const evidence = [
        { source: fn.revision.source, saw: 'revision ff', wanted: 'the revision of the device' },
      ] as const
      const hit: Hit<Code> = {
        code: 'device-config-dead',
        subject: { kind: 'device', address },
        values: { address, who: address },
        evidence,
        confidence: 'likely',
      }
      hits.push(wanted ? hit : { ...hit, severity: 'warn' })
    }
    const alive: string[] = []
    for (const address of scope.candidates.keys()) {
      const fn = pci === undefined ? undefined : findFunction(pci, address)
      const config = fn === undefined ? undefined : valueOf(fn.config)
      if (fn === undefined || config === undefined) continue
      const asleep = valueOf(fn.powerState) === 'D3cold'
      if (!config.dead) alive.push(address)
      else if (!asleep && !hits.some((one) => one.code === 'device-config-dead' && one.values?.['address'] === address))
        hits.push({
          code: 'device-config-dead',
          subject: { kind: 'device', address },
          values: { address, who: address },
          evidence: [{ source: sysfs(address, 'config'), saw: 'every byte is ff', wanted: 'plain values' }],
        })
    }
    if (hits.length === 0 && alive.length > 0)
      return {
        kind: 'pass',
        evidence: [{ source: '/sys/bus/pci/devices/*/config', saw: `plain values for ${alive.join(', ')}` }],
      }
    return concludeOutput(hits, 'no device is to be passed through, or no configuration space is shown')
  },
})

/** What is below the port now is there: to take the port off the bus would take that along. */
function linkOf(hit: Hit<Code>, pci: PciList | undefined): Hit<Code> {
  const port = pci === undefined ? undefined : findFunction(pci, hit.values?.['address'] ?? '')
  if (pci?.complete !== true || port === undefined || isBridge(port) !== true || behind(port, pci).length === 0)
    return hit
  return { ...hit, severity: 'info', remedy: [{ do: 'nothing', why: 'Something is on the port again.' }] }
}

/**
 * A log is full of the drives of the host; in a post such a line is what it is about. On a host that was read whole, plain
 * registers are those of now: the function answers again (a rescan, or a dock that was plugged in anew).
 */
function counts(hit: MessageHit, code: Code, pci: PciList | undefined): boolean {
  if (hit.source.startsWith('paste')) return true
  if (code === 'drive-not-answering') return false
  if (code !== 'device-config-dead' || pci?.complete !== true || hit.device === null) return true
  const fn = findFunction(pci, hit.device)
  return fn === undefined || readsNothing(fn) || valueOf(fn.config)?.dead !== false
}
