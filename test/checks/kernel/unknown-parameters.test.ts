import { check } from '../../../checks/kernel/unknown-parameters.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

const list = (words: string): string =>
  `Unknown kernel command line parameters "${words}", will be passed to user space.`

checkTable(check, [
  {
    name: 'a word of the override patch on a stock kernel',
    facts: { messages: messages([list('BOOT_IMAGE=/vmlinuz pcie_acs_override=downstream iommu_pt')]) },
    expect: ['parameter-unknown@host'],
    severity: 'warn',
  },
  {
    name: 'a long list, and the end of a line that printk cut off',
    facts: {
      messages: messages([`Unknown kernel command line parameters "BOOT_IMAGE=/${'v'.repeat(900)} iommu_pt quie`]),
    },
    expect: ['parameter-unknown'],
    advises: '"iommu_pt"',
  },
  {
    name: 'the words of some other program',
    facts: { messages: messages(['tool: Invalid command line: --bar']) },
    expect: 'pass',
  },
  {
    name: 'the older wording',
    facts: { messages: messages(['Unknown command line parameters: pcie_acs_override=downstream']) },
    expect: ['parameter-unknown'],
  },
  {
    name: 'drivers of the clock that this kernel is too old for, and others of the makers',
    facts: { messages: messages([list('amd_pstate=active amd_prefcore=disable amdgpu=1 intel_epb=0 amd_video=1')]) },
    expect: 'pass',
  },
  {
    name: 'a slip in a word for the IOMMU',
    facts: { messages: messages([list('intel_immou=on')]) },
    expect: ['parameter-unknown'],
    advises: 'intel_immou=on',
  },
  {
    name: 'words of loaders and of init are usual',
    facts: { messages: messages([list('BOOT_IMAGE=/vmlinuz splash auto')]) },
    expect: 'pass',
  },
  {
    name: 'amd_iommu=on',
    facts: { messages: messages(["AMD-Vi: Unknown option - 'on'"]) },
    expect: ['iommu-option-unknown'],
    severity: 'info',
  },
  {
    name: 'VT-d too',
    facts: { messages: messages(["DMAR: Unknown option - 'pt'"]) },
    expect: ['iommu-option-unknown'],
  },
  {
    name: 'a word of pci=',
    facts: { messages: messages(["PCI: Unknown option `nomsix'"]) },
    expect: ['pci-option-unknown'],
  },
  {
    name: 'an interrupt controller that cannot be read',
    facts: { messages: messages(['AMD-Vi: Invalid command line: ivrs_ioapic=33']) },
    expect: ['ivrs-option-bad'],
  },
  {
    name: 'an option that KVM does not know',
    facts: { messages: messages(["kvm: unknown parameter 'ignore_msr' ignored"]) },
    expect: ['module-option-unknown'],
  },
  {
    name: 'a module that is no part of passthrough',
    facts: { messages: messages(["snd_hda_intel: unknown parameter 'foo' ignored"]) },
    expect: 'pass',
  },
  { name: 'a whole log without such lines', facts: { messages: messages(['hello']) }, expect: 'pass' },
  { name: 'a log whose start is gone', facts: { messages: messages(['hello'], false) }, expect: 'unknown' },
  { name: 'no log', facts: {}, expect: 'unknown' },
])
