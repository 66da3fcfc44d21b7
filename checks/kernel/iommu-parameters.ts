import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { Used } from '../../src/model/machine.ts'
import { relaxedByPatch } from '../../src/rules/direct-regions.ts'
import { iommuMaker } from '../../src/rules/iommu-maker.ts'
import { unheededIommuWords, type UnheededWord } from '../../src/rules/iommu-words.ts'
import { iommuInEffect } from '../../src/rules/iommu.ts'
import { plainName } from '../../src/rules/parameters.ts'

type Code = 'iommu-parameter-for-other-cpu' | 'iommu-parameter-no-value' | 'iommu-parameter-invented'

export const check: AnyCheck = defineCheck({
  id: 'iommu-parameters',
  area: 'kernel',
  title: 'Each IOMMU parameter on the command line means something here',
  needs: ['commandLine'],
  uses: ['cpu', 'acpi', 'environment', 'pci', 'groups', 'iommuUnits', 'kernelLog'],
  problems: {
    'iommu-parameter-for-other-cpu': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: '{parameter} does nothing on this machine',
      summary: 'The parameter is for the driver of another maker, and nobody looks at it here. {advice}',
      proof: 'The parameter on the running command line, and the vendor string of the CPU.',
      ruledOut: 'A CPU of the vendor that the parameter is for, or the ACPI table of its IOMMU (DMAR, IVRS).',
      explains: ['iommu-option-unknown'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['drivers/iommu/intel/iommu.c: intel_iommu_setup', 'drivers/iommu/amd/init.c: parse_amd_iommu_options'],
    },
    'iommu-parameter-no-value': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'The kernel ignores {word}',
      summary: 'The driver does not read it in this form, so it has no effect. {advice}',
      proof: 'The word on the running command line, which the option parser of that driver does not list.',
      ruledOut: 'A word of the list in the kernel source, or the line of the patch that the word belongs to.',
      explains: ['iommu-option-unknown'],
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: [
        'drivers/iommu/amd/init.c: parse_amd_iommu_options',
        'drivers/iommu/intel/iommu.c: intel_iommu_setup',
        'arch/x86/kernel/pci-dma.c: iommu_setup',
      ],
    },
    'iommu-parameter-invented': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'There is no kernel parameter {parameter}',
      summary: 'No kernel reads {parameter}, so it has no effect. {advice}',
      proof: 'The word on the running command line.',
      ruledOut: 'A parameter that the kernel documents, or a word with a dot, which is for a module or for user space.',
      remedy: [{ do: 'remove-kernel-parameter', parameter: '{parameter}' }],
      sources: ['Documentation/admin-guide/kernel-parameters.txt'],
    },
  },
  judge(facts) {
    const { value: line, source } = facts.commandLine
    const effect = valueOf(iommuInEffect(facts))
    const unheeded = unheededIommuWords(line, iommuMaker(facts))
    const patched = unheeded.some(isPatch) && relaxedByPatch(facts.kernelLog) !== undefined
    const told = patched ? unheeded.filter((one) => !isPatch(one)) : unheeded
    const hits = told.map((one): Hit<Code> => {
      const maybe = isPatch(one) && valueOf(facts.kernelLog)?.fromBoot !== true
      const advice = maybe ? PATCH : effect === true ? 'It is harmless: the IOMMU is in effect without it.' : one.advice
      const word = one.word === one.parameter ? `a bare ${one.word}` : `the word ${one.word} in ${one.parameter}`
      const code: Code =
        one.why === 'other-cpu'
          ? 'iommu-parameter-for-other-cpu'
          : one.why === 'value'
            ? 'iommu-parameter-no-value'
            : 'iommu-parameter-invented'
      return {
        code,
        subject: { kind: 'host' },
        values: { parameter: one.parameter, word, advice },
        words: wordsOf(one),
        evidence: [{ source, saw: one.parameter, wanted: one.wanted }],
        // With the IOMMU in effect it is a leftover to tidy up; without, somebody relies on it in vain.
        ...(effect === true || (one.why === 'invented' && (one.instead === undefined || effect === undefined))
          ? { severity: 'info' as const }
          : {}),
        ...(one.why === 'other-cpu' && mayBeVirtual(facts) ? DOUBT : {}),
        ...(maybe ? DOUBT : {}),
        ...(one.instead === undefined || effect === true
          ? {}
          : { remedy: [{ do: 'set-kernel-parameter', parameter: one.instead, without: one.parameter }] }),
      }
    })
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const there = line.parameters
      .filter((one) => one.name.includes('iommu') || one.name.includes('intremap'))
      .map((one) => one.text)
    return {
      kind: 'pass',
      evidence: [
        {
          source,
          saw: there.length === 0 ? 'no IOMMU parameter, and none is needed for its own sake' : there.join(' '),
        },
      ],
    }
  },
})

const DOUBT = { severity: 'info', confidence: 'possible' } as const

/** What the kernel prints of it: the name where it knows no such parameter, else the words that its driver refuses. */
function wordsOf({ why, word, parameter }: UnheededWord): readonly string[] {
  if (why === 'invented') return [plainName(word)]
  return why === 'value' ? [word] : parameter.slice(parameter.indexOf('=') + 1).split(',')
}

const PATCH =
  'It belongs to a patch that some kernels carry; whether this one does stands at the start of the kernel log.'

function isPatch({ why, word }: UnheededWord): boolean {
  return why === 'value' && word.startsWith('relax_rmrr')
}

/** A virtual machine whose tables were not seen may have an IOMMU of another maker than its processor. */
function mayBeVirtual({ acpi, environment }: Used<'acpi' | 'environment'>): boolean {
  return acpi.state === 'unknown' && (valueOf(environment)?.hypervisor ?? null) !== null
}
