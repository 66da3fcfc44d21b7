import { defineCheck, missingFrom, type AnyCheck, type Evidence } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { iommuMaker } from '../../src/rules/iommu-maker.ts'
import { switchedOffBy, switchOnAgain } from '../../src/rules/iommu-switch.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'

/** Printed by the parser of the parameter, whatever the hardware is. */
const ECHOES = ['dmar-iommu-disabled', 'dmar-disabled-3', 'amd-disabled-old'] as const

export const check: AnyCheck = defineCheck({
  id: 'iommu-told-off',
  area: 'kernel',
  title: 'Nothing on the command line switches the IOMMU off',
  needs: [],
  uses: ['commandLine', 'messages', 'cpu', 'acpi', 'pci', 'groups', 'iommuUnits', 'kernelConfig', 'kernel'],
  problems: {
    'iommu-told-off': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'The kernel was told to leave the IOMMU off{parameter}',
      summary:
        'A parameter switched it off for this boot, so no device has an IOMMU group and none can be given to a guest. A second parameter that says the contrary is no cure: take the first one out.',
      proof: 'The parameter on the running command line, or the line of the IOMMU driver that it is disabled.',
      ruledOut: 'PCI functions with IOMMU groups.',
      explains: [
        'iommu-off-in-kernel',
        'iommu-default-off',
        'iommu-absent',
        'device-no-group',
        'probe-einval-no-group',
        'probe-einval',
        'guest-start-no-group',
        'interrupt-remapping-missing',
        'validate-no-groups',
      ],
      remedy: [{ do: 'show', what: 'kernel-command-line' }],
      sources: [
        'drivers/iommu/intel/iommu.c: intel_iommu_setup',
        'drivers/iommu/amd/init.c: parse_amd_iommu_options',
        'arch/x86/kernel/pci-dma.c: iommu_setup',
      ],
    },
  },
  judge(facts) {
    const effect = iommuInEffect(facts)
    if (valueOf(effect) === true) {
      return { kind: 'pass', evidence: [{ source: effect.source, saw: 'PCI functions have IOMMU groups' }] }
    }
    const { commandLine: line } = facts
    const off = line.state === 'known' ? switchedOffBy(line.value, iommuMaker(facts)) : undefined
    // That an IOMMU is known to be off, and the parameter for it, is told by the check of the effect.
    if (off !== undefined && valueOf(effect) === false)
      return { kind: 'skip', because: 'the check iommu-in-effect names the parameter' }
    const echoes = messagesWith(facts.messages, ...ECHOES).map(logEvidence)
    const shown: Evidence[] = off === undefined ? echoes : [{ source: line.source, saw: off }, ...echoes]
    const [first, ...rest] = shown
    if (first !== undefined) {
      const evidence: NonEmpty<Evidence> = [first, ...rest]
      return {
        kind: 'hits',
        hits: [
          {
            code: 'iommu-told-off',
            subject: { kind: 'host' },
            evidence,
            values: { parameter: off === undefined ? '' : `: ${off}` },
            // Without the groups having been seen, a unit may be on all the same (platform opt-in).
            confidence: valueOf(effect) === false ? 'certain' : 'likely',
            ...(off === undefined || line.state === 'unknown'
              ? {}
              : { remedy: [switchOnAgain(line.value, off, facts)] }),
          },
        ],
      }
    }
    if (line.state === 'known') return { kind: 'pass', evidence: [{ source: line.source, saw: 'no such parameter' }] }
    return {
      kind: 'unknown',
      missing: [
        {
          ...missingFrom('the kernel command line', line),
          settle: [{ do: 'show', what: 'kernel-command-line' }],
        },
      ],
    }
  },
})
