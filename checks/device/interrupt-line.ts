import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { behindVmd } from '../../src/rules/address.ts'
import { concludeLog, onlyIfWanted } from '../../src/rules/conclude.ts'
import { unlessHeld } from '../../src/rules/held-by-guest.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code = 'intx-shared' | 'interrupt-none' | 'interrupt-refused' | 'msi-refused' | 'interrupt-stormed' | 'intx-hidden'

const SOURCES = ['drivers/vfio/pci/vfio_pci_intrs.c: vfio_intx_set_signal', 'kernel/irq/manage.c: __setup_irq'] as const

export const check: AnyCheck = defineCheck({
  id: 'interrupt-line',
  area: 'device',
  title: 'Each passed device got its interrupts',
  needs: ['messages'],
  uses: ['modules', 'commandLine', 'pci', 'guests'],
  problems: {
    'intx-shared': {
      severity: 'fail',
      family: 'interrupt-line',
      title: 'The interrupt line of {who} is shared with a device of the host, and cannot be',
      summary:
        'vfio-pci asks for the line alone where the device cannot mask its legacy interrupt by itself, or where nointxmask keeps vfio-pci from using that. Another driver of the host has the line already. Free it from the other device, put the card in another slot, or have the guest use MSI.',
      proof:
        'The kernel line "Flags mismatch irq" that names vfio, or the answer "Device or resource busy" to the setup of INTx.',
      ruledOut: 'The line alone for this device in /proc/interrupts.',
      explains: ['interrupt-refused', 'guest-start-failed'],
      remedy: [
        {
          do: 'advise',
          say: 'Look up in /proc/interrupts who has the same line, and unbind that driver or move one of the cards.',
        },
        { do: 'move-card', address: '{address}' },
      ],
      sources: [...SOURCES, 'drivers/pci/quirks.c: quirk_broken_intx_masking'],
    },
    'interrupt-none': {
      severity: 'fail',
      family: 'interrupt-line',
      title: 'Firmware gave {who} no interrupt line',
      summary:
        'The device says that it has a legacy interrupt, and no line is routed to it. A guest that needs INTx cannot use the device; with MSI it may.',
      proof: 'QEMU got "No such device" when it set up INTx, or the kernel line "no GSI".',
      ruledOut: 'An interrupt number in the irq attribute.',
      explains: ['interrupt-refused', 'guest-start-failed'],
      remedy: [{ do: 'update-firmware' }, { do: 'move-card', address: '{address}' }],
      sources: ['drivers/acpi/pci_irq.c: acpi_pci_irq_enable', ...SOURCES],
    },
    'interrupt-refused': {
      severity: 'fail',
      family: 'interrupt-line',
      title: 'The kernel refused to set up an interrupt of {who}',
      summary:
        'The line names the kind: INTX for the shared legacy line, MSI or MSIX for messages. The error behind it tells more.',
      proof: 'The message of QEMU that VFIO_DEVICE_SET_IRQS failed.',
      ruledOut: 'A start without the message.',
      explains: ['guest-start-failed'],
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['QEMU hw/vfio/device.c: vfio_device_irq_set_signaling', ...SOURCES],
    },
    'msi-refused': {
      severity: 'warn',
      family: 'interrupt-line',
      title: 'The host could not give {who} the message interrupts that the guest asked for',
      summary:
        'No vectors were left, or the remapping of interrupts refused. The driver in the guest may fall back to fewer, or to the legacy line.',
      proof: 'The message of QEMU.',
      ruledOut: 'No such line.',
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: ['drivers/vfio/pci/vfio_pci_intrs.c: vfio_msi_enable', 'QEMU hw/vfio/pci.c: vfio_msi_enable'],
    },
    'interrupt-stormed': {
      severity: 'warn',
      family: 'interrupt-line',
      title: 'The kernel switched an interrupt line off, because nobody answered on it',
      summary:
        'A device pulled its legacy line and no driver claimed it, for example a device that a guest left running. Every device on that line is deaf now, also those of the host.',
      proof: 'The kernel line "nobody cared" or "Disabling IRQ".',
      ruledOut: 'No such line.',
      remedy: [
        {
          do: 'advise',
          say: 'Find the line in /proc/interrupts; let the devices on it use MSI, or move the passed card to another slot.',
        },
        { do: 'reboot' },
      ],
      blocks: 'machine',
      sources: ['kernel/irq/spurious.c: __report_bad_irq'],
    },
    'intx-hidden': {
      severity: 'info',
      family: 'healthy',
      title: 'vfio-pci hides the legacy interrupt of {who}, which does not work',
      summary:
        'The device is on the list of devices whose legacy interrupt is broken. It works with message interrupts, as every driver of it uses.',
      proof: 'The kernel line "Masking broken INTx support".',
      ruledOut: 'No such line.',
      remedy: [{ do: 'nothing', why: 'Message interrupts are not concerned.' }],
      sources: ['drivers/vfio/pci/vfio_pci_core.c: vfio_pci_nointx'],
    },
  },
  judge(facts, scope) {
    const told = valueOf(facts.modules)?.parameters['vfio_pci']?.['nointxmask']?.trim() === 'Y'
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      if (hit.code === 'interrupt-refused') return { ...hit, confidence: 'likely' }
      // Most devices do without INTx, and one that a driver of the host has is that driver's affair.
      if (hit.code === 'interrupt-none' && NO_GSI.test(hit.values?.['line'] ?? ''))
        return onlyIfWanted({ ...hit, severity: 'warn', confidence: 'possible' }, facts.pci, scope)
      if (hit.code !== 'intx-shared') return hit
      if (!told) return unlessHeld(hit, facts)
      const evidence = { source: '/sys/module/vfio_pci/parameters/nointxmask', saw: 'Y', wanted: 'N' }
      return {
        ...hit,
        evidence: [...hit.evidence, evidence],
        remedy: [{ do: 'remove-module-option', module: 'vfio_pci', option: 'nointxmask' }],
      }
    })
    return concludeLog(facts.messages, hits, 'interrupts')
  },
})

const NO_GSI = /PCI INT \w+: no GSI/
/** Of ports. */
const PORT_DRIVERS: ReadonlySet<string> = new Set(['pcieport', 'shpchp'])

function pick(hit: MessageHit): Code | undefined {
  switch (hit.id) {
    case 'irq-flags':
      return /vfio/.test(hit.text) ? 'intx-shared' : undefined
    case 'q-set-irqs':
    case 'q-intx-old':
    case 'q-set-irqs-prefix': {
      const error = hit.values['error']
      if (!/INTX/i.test(hit.text)) return /ERR|REQ/.test(hit.text) ? undefined : 'interrupt-refused'
      return error === 'EBUSY' ? 'intx-shared' : error === 'ENODEV' ? 'interrupt-none' : 'interrupt-refused'
    }
    case 'pci-no-gsi':
      // Nobody is given a port, and VMD routes no INTx to what is behind it.
      return PORT_DRIVERS.has(hit.values['driver'] ?? '') || (hit.device !== null && behindVmd(hit.device))
        ? undefined
        : 'interrupt-none'
    case 'q-msi-fds':
    case 'q-msi-enable':
    case 'q-msix-enable':
    case 'q-msix-vectors':
      return 'msi-refused'
    case 'irq-nobody':
    case 'irq-disable':
      return 'interrupt-stormed'
    case 'vfio-nointx':
      return 'intx-hidden'
    default:
      return undefined
  }
}
