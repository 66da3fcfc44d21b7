import { defineCheck, missingFrom, type AnyCheck, type Evidence, type Hit } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { remappingOffBecause, unsafeInterrupts } from '../../src/rules/interrupts.ts'

type Code = 'interrupt-remapping-missing' | 'interrupt-remapping-unsafe' | 'unsafe-interrupts-not-needed'

export const check: AnyCheck = defineCheck({
  id: 'interrupt-remapping',
  area: 'iommu',
  title: 'Interrupts are remapped, so that a guest cannot forge them',
  needs: [],
  uses: ['interruptRemapping', 'messages', 'acpi', 'commandLine', 'modules', 'pci', 'groups', 'iommuUnits', 'kernel'],
  problems: {
    'interrupt-remapping-missing': {
      severity: 'fail',
      family: 'interrupt-remapping-missing',
      title: 'Interrupt remapping is off, so VFIO refuses every group{because}',
      summary:
        'The IOMMU translates memory accesses, and does not check interrupts. A guest could then forge interrupts of the host, so VFIO answers "Operation not permitted" when the IOMMU is set. {advice}',
      proof: 'No interrupt chip named IR-… on this host, or the kernel line "No interrupt remapping support".',
      ruledOut: 'An interrupt chip named IR-…, or the line that remapping is enabled.',
      explains: ['set-iommu-eperm', 'guest-start-failed'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'interrupt-remapping' }, { do: 'unsafe-interrupts' }],
      sources: [
        'drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group',
        'drivers/iommu/iommu.c: iommu_group_has_isolated_msi',
      ],
    },
    'interrupt-remapping-unsafe': {
      severity: 'warn',
      family: 'interrupt-remapping-missing',
      title: 'Interrupts are not remapped, and VFIO was told to go on all the same{because}',
      summary:
        'allow_unsafe_interrupts is set, so devices can be assigned. A guest that holds one can forge interrupts of the host: only for guests that you trust. {advice}',
      proof: 'No interrupt chip named IR-…, and vfio_iommu_type1.allow_unsafe_interrupts is Y.',
      ruledOut: 'An interrupt chip named IR-….',
      explains: ['interrupt-remapping-missing'],
      remedy: [{ do: 'enable-firmware-setting', setting: 'interrupt-remapping' }],
      sources: ['drivers/vfio/vfio_iommu_type1.c: allow_unsafe_interrupts'],
    },
    'unsafe-interrupts-not-needed': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'allow_unsafe_interrupts is set and not needed',
      summary:
        'Interrupts are remapped here, so VFIO takes groups without it. The option only takes the protection away should remapping fail one day.',
      proof: 'allow_unsafe_interrupts=Y and an interrupt chip named IR-….',
      ruledOut: 'allow_unsafe_interrupts=N.',
      remedy: [{ do: 'remove-module-option', module: 'vfio_iommu_type1', option: 'allow_unsafe_interrupts' }],
      sources: ['drivers/vfio/vfio_iommu_type1.c: allow_unsafe_interrupts'],
    },
  },
  judge(facts) {
    const refused = messagesWith(facts.messages, 'vfio-no-intr-remap', 'iommufd-no-intr-remap')
    const enabled = messagesWith(facts.messages, 'ir-enabled', 'amd-ir-enabled')
    const fact = facts.interruptRemapping
    if (fact.state === 'known' && fact.value === null) {
      return {
        kind: 'skip',
        because: 'no interrupt chip here that could be remapped (not x86, or a bare virtual machine)',
      }
    }
    if (valueOf(iommuInEffect(facts)) === false) return { kind: 'skip', because: 'no IOMMU is in effect' }
    const unsafe = unsafeInterrupts(facts)
    const remapped =
      fact.state === 'known' ? fact.value : enabled.length > 0 ? true : refused.length > 0 ? false : undefined
    if (remapped === undefined && fact.state === 'unknown') {
      const settle = [{ do: 'show', what: 'kernel-log' } as const]
      return { kind: 'unknown', missing: [{ ...missingFrom('interrupt remapping', fact), settle }] }
    }
    if (remapped === true) {
      const evidence: NonEmpty<Evidence> =
        fact.state === 'known' ? [{ source: fact.source, saw: 'IR-…' }] : [logEvidence(enabled[0]!)]
      if (unsafe === undefined) return { kind: 'pass', evidence }
      return {
        kind: 'hits',
        hits: [{ code: 'unsafe-interrupts-not-needed', subject: { kind: 'host' }, evidence: [unsafe, ...evidence] }],
      }
    }
    const reason = remappingOffBecause(facts)
    const evidence: NonEmpty<Evidence> =
      fact.state === 'known'
        ? [
            { source: fact.source, saw: 'no IR-… among the interrupt chips', wanted: 'IR-PCI-MSI' },
            ...refused.map(logEvidence),
          ]
        : [logEvidence(refused[0]!), ...refused.slice(1).map(logEvidence)]
    const hit: Hit<Code> = {
      code: unsafe === undefined ? 'interrupt-remapping-missing' : 'interrupt-remapping-unsafe',
      subject: { kind: 'host' },
      values: {
        because: reason === undefined ? '' : `: ${reason.why}`,
        advice: reason?.advice ?? 'Why it is off could not be told from what was read.',
      },
      evidence: [
        ...evidence,
        ...(reason === undefined ? [] : [reason.evidence]),
        ...(unsafe === undefined ? [] : [unsafe]),
      ],
      ...(reason === undefined ? {} : { remedy: reason.remedy }),
    }
    return { kind: 'hits', hits: [hit] }
  },
})
