import { defineCheck, type AnyCheck, type Evidence, type Hit, type Judgement } from '../../src/model/check.ts'
import { valueOf, type NonEmpty } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { logEvidence } from '../../src/rules/probe-errors.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'validate-no-table': ['v-iommu-dmar', 'v-iommu-ivrs', 'v-iort'],
  'validate-no-groups': ['v-iommu-kernel'],
  'validate-no-driver': ['v-iommu-nocap'],
  'validate-no-smmu': ['v-smmu'],
} as const
type Code = keyof typeof CODES | 'validate-differs'

const SOURCES = ['libvirt tools/virt-host-validate-common.c: virHostValidateIOMMU'] as const
const EXPLAINS = [
  'device-no-group',
  'probe-einval-no-group',
  'probe-einval',
  'guest-start-no-group',
  'vfio-node-missing',
]

export const check: AnyCheck = defineCheck({
  id: 'validate-host',
  area: 'firmware',
  title: 'virt-host-validate finds the IOMMU',
  needs: [],
  uses: ['messages', 'cpu', 'pci', 'groups', 'iommuUnits'],
  problems: {
    'validate-no-table': {
      severity: 'fail',
      family: 'iommu-off-firmware',
      title: 'Firmware offers the kernel no IOMMU (virt-host-validate)',
      summary:
        'The ACPI table that describes the IOMMU is missing. It is switched off in firmware, apart from CPU virtualisation, or this hardware has none; no kernel parameter brings it back.',
      proof: 'virt-host-validate found no DMAR, IVRS or IORT table.',
      ruledOut: 'PCI functions with IOMMU groups.',
      explains: [...EXPLAINS, 'validate-no-groups'],
      remedy: [{ do: 'show', what: 'acpi-tables' }],
      sources: SOURCES,
    },
    'validate-no-groups': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'Firmware offers the IOMMU, and the kernel does not use it (virt-host-validate)',
      summary:
        'The table is there and no device has an IOMMU group. Many kernels leave VT-d off until intel_iommu=on asks for it; an AMD IOMMU needs no parameter, so there the kernel log has the reason.',
      proof: 'virt-host-validate found the table and no IOMMU group.',
      ruledOut: 'PCI functions with IOMMU groups.',
      explains: EXPLAINS,
      remedy: [{ do: 'show', what: 'kernel-log' }],
      sources: SOURCES,
    },
    'validate-no-driver': {
      severity: 'fail',
      family: 'iommu-off-kernel',
      title: 'This kernel has no IOMMU support at all (virt-host-validate)',
      summary: 'There is no place for IOMMU groups in sysfs, so the kernel was built without. It takes another kernel.',
      proof: 'virt-host-validate found no /sys/kernel/iommu_groups.',
      ruledOut: 'PCI functions with IOMMU groups.',
      explains: EXPLAINS,
      remedy: [{ do: 'upgrade', what: 'kernel' }],
      sources: SOURCES,
    },
    'validate-no-smmu': {
      severity: 'fail',
      family: 'iommu-absent',
      title: 'This ARM host shows no SMMU (virt-host-validate)',
      summary:
        'Without an SMMU in front of PCI no device can be given to a guest. Firmware may hide one that is there; many small boards have none.',
      proof: 'virt-host-validate found no SMMU.',
      ruledOut: 'PCI functions with IOMMU groups.',
      explains: EXPLAINS,
      remedy: [{ do: 'enable-firmware-setting', setting: 'smmu' }],
      sources: SOURCES,
    },
    'validate-differs': {
      severity: 'info',
      family: 'outside-host',
      title: 'virt-host-validate finds the IOMMU in one place, and not in another',
      summary:
        'It passes in one of its runs, so this host has an IOMMU and the kernel uses it. The other run was made before it was mended, or in a container: there the ACPI tables or the groups may be hidden, and with them from a libvirt that runs inside. Show /sys/firmware and /sys/kernel/iommu_groups to the container.',
      proof: 'One run of virt-host-validate that passes, and one that does not.',
      ruledOut: 'The same answer in all places.',
      explains: EXPLAINS,
      remedy: [{ do: 'show', what: 'iommu-groups' }],
      sources: SOURCES,
    },
  },
  judge(facts): Judgement<Code> {
    const effect = valueOf(iommuInEffect(facts))
    // What sysfs says is nearer to the truth than a program that read it, and another check tells it.
    if (effect !== undefined) return { kind: 'skip', because: 'the IOMMU groups themselves are shown' }
    const passed = messagesWith(facts.messages, 'v-iommu-pass')[0]
    const failed = messagesWith(facts.messages, ...Object.values(CODES).flat())[0]
    if (passed !== undefined && failed !== undefined) {
      const evidence: NonEmpty<Evidence> = [logEvidence(passed), logEvidence(failed)]
      return {
        kind: 'hits',
        hits: [{ code: 'validate-differs', subject: { kind: 'host' }, evidence, confidence: 'likely' }],
      }
    }
    const hits = raise<keyof typeof CODES>(facts.messages, CODES).map((hit): Hit<Code> => {
      const remedy = cure(hit.code, hit.evidence[0].saw, valueOf(facts.cpu)?.vendor)
      return {
        ...hit,
        subject: { kind: 'host' },
        confidence: 'likely',
        ...(remedy === undefined ? {} : { remedy: [remedy] }),
      }
    })
    return concludeOutput(hits, 'no output of virt-host-validate is shown')
  },
})

function cure(code: Code, line: string, vendor: string | undefined): Action | undefined {
  if (code === 'validate-no-table' && line.includes('DMAR')) return { do: 'enable-firmware-setting', setting: 'vt-d' }
  if (code === 'validate-no-table' && line.includes('IVRS')) return { do: 'enable-firmware-setting', setting: 'amd-vi' }
  // What it advises on AMD (iommu=pt iommu=1) does nothing.
  if (code === 'validate-no-groups' && line.includes('intel_iommu=on') && (vendor ?? 'intel') === 'intel')
    return { do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }
  return undefined
}
