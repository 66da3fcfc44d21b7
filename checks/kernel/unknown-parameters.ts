import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import type { MessageHit } from '../../src/model/log.ts'
import { concludeLog } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { plainName } from '../../src/rules/parameters.ts'
import { raiseBy } from '../../src/rules/raise.ts'

type Code =
  | 'parameter-unknown'
  | 'iommu-option-unknown'
  | 'pci-option-unknown'
  | 'ivrs-option-bad'
  | 'module-option-unknown'

/** Words of the kernel's list that somebody wrote for passthrough; what init or a loader reads is not among them. */
const OURS = /^(?:iommu|vfio|vt|intremap|pcie?[_-]|kvm|hugepages|x2apic)[\w.-]*(?:=|$)/i
/** Of the makers' words those that mean the IOMMU, or do so but for a letter; amd_pstate and the like are no matter here. */
const MAKERS = /^(?:intel|amd)[\w.-]{0,20}(?:m+u|iom|imm|vt|vi(?:=|$))/i
/** Options of the VFIO modules are told by the check that reads these. */
const MODULES = /^(?:iommufd|kvm|pci_stub|irqbypass)/

export const check: AnyCheck = defineCheck({
  id: 'unknown-parameters',
  area: 'kernel',
  title: 'The kernel and its modules know each option that they were given',
  needs: ['messages'],
  uses: [],
  problems: {
    'parameter-unknown': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'This kernel does not know {parameters}',
      summary:
        'The kernel listed these words as unknown and passed them on to user space, where nobody reads them. They are misspelt, or belong to a patch or a driver that this kernel does not have.',
      proof: 'The kernel line that lists unknown parameters.',
      ruledOut: 'A whole log without these words in such a line.',
      explains: ['acs-override-ignored', 'iommu-parameter-invented'],
      remedy: [{ do: 'show', what: 'kernel-command-line' }],
      sources: ['init/main.c: unknown_bootoption, print_unknown_bootoptions'],
    },
    'iommu-option-unknown': {
      severity: 'info',
      family: 'parameter-wrong',
      title: 'The IOMMU driver does not know {options}',
      summary:
        'It said so and went on; the IOMMU is neither on nor off for it. An AMD IOMMU is on wherever firmware offers it, and VT-d is asked for by intel_iommu=on.',
      proof: 'The line "Unknown option" of the IOMMU driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        {
          do: 'advise',
          say: 'Take the word out of the command line. On AMD no other is wanted in its place; on Intel it is intel_iommu=on, in small letters.',
        },
      ],
      sources: ['drivers/iommu/amd/init.c: parse_amd_iommu_options', 'drivers/iommu/intel/iommu.c: intel_iommu_setup'],
    },
    'pci-option-unknown': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'The PCI core could not read a part of pci=',
      summary: 'It ignored what it did not understand, so the wish behind it is not in force: {line}',
      proof: 'The line of the PCI core.',
      ruledOut: 'No such line in a whole log.',
      remedy: [{ do: 'show', what: 'kernel-command-line' }],
      sources: ['drivers/pci/pci.c: pci_setup'],
    },
    'ivrs-option-bad': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'A parameter that mends the IVRS table could not be read: {parameter}',
      summary:
        'The AMD IOMMU driver ignored it, so an interrupt controller that firmware left out is still missing and interrupts may not be remapped.',
      proof: 'The line "Invalid command line" of the driver.',
      ruledOut: 'No such line in a whole log.',
      remedy: [
        {
          do: 'advise',
          say: 'Write the device with its domain, bus, device and function, as in ivrs_ioapic=33@0000:00:14.0.',
        },
      ],
      sources: ['drivers/iommu/amd/init.c: parse_ivrs_ioapic', 'Documentation/admin-guide/kernel-parameters.txt'],
    },
    'module-option-unknown': {
      severity: 'warn',
      family: 'parameter-wrong',
      title: 'The module {module} does not know the option {option}',
      summary:
        'The module was loaded without it. The option is misspelt, belongs to another module, or is gone from this kernel.',
      proof: 'The line "unknown parameter … ignored" of the kernel.',
      ruledOut: 'The option under /sys/module/{module}/parameters.',
      remedy: [{ do: 'remove-module-option', module: '{module}', option: '{option}' }],
      sources: ['kernel/module/main.c: unknown_module_param_cb'],
    },
  },
  judge(facts) {
    const hits = raiseBy<Code>(facts.messages, pick).map((hit): Hit<Code> => {
      const parameters = unknownWords(hit.values?.['parameters'] ?? '')
      const option = hit.values?.['option'] ?? hit.values?.['parameter'] ?? ''
      const values = { ...hit.values, option, parameters: parameters.join(' ') }
      if (hit.code === 'iommu-option-unknown') {
        const said = messagesWith(facts.messages, 'dmar-unknown-opt', 'amd-unknown-opt').map(
          (one) => one.values['option'] ?? '',
        )
        const unique = [...new Set(said)]
        const options = `the option${unique.length > 1 ? 's' : ''} ${unique.join(', ')}`
        // The driver prints the word with all that stands behind it in the list.
        return { ...hit, values: { ...values, options }, words: unique.flatMap((one) => one.split(',')) }
      }
      if (hit.code !== 'parameter-unknown') return { ...hit, values }
      const words = parameters.map(plainName)
      return {
        ...hit,
        values,
        words,
        remedy: parameters.map((parameter) => ({ do: 'remove-kernel-parameter', parameter })),
      }
    })
    return concludeLog(facts.messages, hits, 'unknown options')
  },
})

function unknownWords(list: string): readonly string[] {
  const [words = ''] = list.split('", will be')
  return words.split(/\s+/).filter((word) => OURS.test(word) || MAKERS.test(word))
}

function pick(hit: MessageHit): Code | undefined {
  switch (hit.id) {
    case 'unknown-param':
    case 'unknown-param-old':
      return unknownWords(hit.values['parameters'] ?? '').length > 0 ? 'parameter-unknown' : undefined
    case 'dmar-unknown-opt':
    case 'amd-unknown-opt':
      return 'iommu-option-unknown'
    case 'pci-unknown-opt':
    case 'pci-acs-parse':
      return 'pci-option-unknown'
    case 'amd-ivrs-opt-bad':
      return 'ivrs-option-bad'
    case 'mod-param-unknown':
      return MODULES.test(hit.values['module'] ?? '') ? 'module-option-unknown' : undefined
    default:
      return undefined
  }
}
