import type { Evidence } from '../model/check.ts'
import { valueOf, type NonEmpty } from '../model/fact.ts'
import type { Facts } from '../model/machine.ts'
import type { Action } from '../model/remedy.ts'
import { messagesWith } from './messages.ts'
import { logEvidence } from './probe-errors.ts'

export interface RemappingReason {
  readonly why: string
  readonly advice: string
  /** Firmware does not offer it: in a virtual machine that is a matter of its definition. */
  readonly byFirmware: boolean
  /** With it remapping is off for sure; the other reasons only tell why, once it is known to be off. */
  readonly decides: boolean
  /** The reason, and the line that decides where that is another one. */
  readonly evidence: NonEmpty<Evidence>
  readonly remedy: readonly Action[]
}

/** The parameter needs the IO-APIC's own requester ID, which only firmware or its vendor can tell for sure. */
const IVRS: readonly Action[] = [
  { do: 'update-firmware' },
  {
    do: 'advise',
    say: 'Until there is newer firmware, the kernel parameter ivrs_ioapic can name the missing IO-APIC: its number is in the log line, and the one of the southbridge is function 00:14.0 on most boards.',
  },
]

/**
 * Lines behind which the kernel goes on without remapping: intel_prepare_irq_remapping, parse_ioapics_under_ir and
 * intel_cleanup_irq_remapping in drivers/iommu/intel/irq_remapping.c, early_amd_iommu_init in drivers/iommu/amd/init.c.
 * Of the IO-APICs that the IVRS table lacks none decides by itself (check_ioapic_information).
 */
const OFF_BY_LOG = ['ir-bios-erratum', 'ir-ioapic-unmapped', 'ir-failed', 'amd-ir-off'] as const

/** Why interrupts are not remapped, as far as parameters, firmware flags and the log tell; the surest first. */
export function remappingOffBecause(
  facts: Pick<Facts, 'commandLine' | 'acpi' | 'messages'>,
): RemappingReason | undefined {
  const line = facts.commandLine
  if (line.state === 'known') {
    const off = line.value.parameters.find(
      (one) =>
        one.name === 'nointremap' ||
        (one.name === 'intremap' && (one.value ?? '').split(',').includes('off')) ||
        (one.name === 'noapic' && one.value === null),
    )
    if (off !== undefined) {
      return {
        why: `the command line says ${off.text}`,
        advice: `Without ${off.text} the kernel turns it on where the hardware has it.`,
        byFirmware: false,
        // irq_remapping_prepare and enable_IR_x2apic stop there, and nothing later switches it on.
        decides: true,
        evidence: [{ source: line.source, saw: off.text }],
        remedy: [{ do: 'remove-kernel-parameter', parameter: off.text }],
      }
    }
  }
  const messages: readonly (readonly [string, string, readonly Action[]])[] = [
    [
      'ir-bios-erratum',
      'this chipset has an erratum that makes it unstable, and the kernel leaves it off',
      [{ do: 'unsafe-interrupts' }],
    ],
    ['ir-ioapic-unmapped', 'firmware names no remapping unit for one of the IO-APICs', [{ do: 'update-firmware' }]],
    ['amd-ioapic-missing', 'firmware left an IO-APIC out of the IVRS table', IVRS],
    ['amd-no-sb-ioapic', 'firmware left the southbridge IO-APIC out of the IVRS table', IVRS],
    ['ir-not-enabling', 'the kernel did not enable it', [{ do: 'update-firmware' }]],
    ['ir-failed', 'enabling it failed', [{ do: 'update-firmware' }]],
    ['amd-ir-off', 'the AMD driver left it off', [{ do: 'update-firmware' }]],
  ]
  for (const [id, why, remedy] of messages) {
    const hit = messagesWith(facts.messages, id)[0]
    const verdict = messagesWith(facts.messages, ...OFF_BY_LOG)[0]
    if (hit !== undefined)
      return {
        why,
        advice: 'The kernel log names the reason.',
        byFirmware: true,
        decides: verdict !== undefined,
        evidence: [logEvidence(hit), ...(verdict === undefined || verdict === hit ? [] : [logEvidence(verdict)])],
        remedy,
      }
  }
  const acpi = valueOf(facts.acpi)
  const dmar = acpi === undefined ? undefined : valueOf(acpi.dmar)
  if (dmar?.interruptRemapping === false) {
    return {
      why: 'firmware does not offer it',
      advice: 'The DMAR table lacks its flag INTR_REMAP: a firmware setting, or a platform that cannot do it.',
      byFirmware: true,
      decides: false,
      evidence: [{ source: '/sys/firmware/acpi/tables/DMAR', saw: 'flag INTR_REMAP is 0', wanted: '1' }],
      remedy: [{ do: 'enable-firmware-setting', setting: 'interrupt-remapping' }, { do: 'unsafe-interrupts' }],
    }
  }
  return undefined
}
