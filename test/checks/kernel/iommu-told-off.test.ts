import { check } from '../../../checks/kernel/iommu-told-off.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, messages, pciFacts } from '../../support/facts.ts'

const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 3 })])

checkTable(check, [
  {
    name: 'the command line alone is shown',
    facts: { commandLine: commandLine('intel_iommu=off'), cpu: cpu('intel') },
    expect: ['iommu-told-off'],
    confidence: 'likely',
    advises: '"parameter":"intel_iommu=on","without":"intel_iommu=off"',
  },
  {
    name: 'the same on a kernel that turns VT-d on by itself',
    facts: {
      commandLine: commandLine('intel_iommu=off'),
      cpu: cpu('intel'),
      kernelConfig: known({ CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y' }, '/boot/config'),
    },
    expect: ['iommu-told-off'],
    advises: '"do":"remove-kernel-parameter","parameter":"intel_iommu=off"',
  },
  {
    name: 'the log says it',
    facts: { messages: messages(['DMAR: IOMMU disabled'], false) },
    expect: ['iommu-told-off'],
  },
  {
    name: 'the log says it, and no device has a group',
    facts: { ...off, messages: messages(['AMD-Vi: AMD IOMMU disabled']) },
    expect: ['iommu-told-off'],
    confidence: 'certain',
  },
  {
    name: 'the parameter, with no groups, is told elsewhere',
    facts: { ...off, commandLine: commandLine('intel_iommu=off') },
    expect: 'skip',
  },
  {
    name: 'groups rule it out (the platform opted in)',
    facts: { ...on, commandLine: commandLine('intel_iommu=off'), messages: messages(['DMAR: IOMMU disabled']) },
    expect: 'pass',
  },
  {
    name: 'the last word wins',
    facts: { commandLine: commandLine('intel_iommu=off intel_iommu=on'), cpu: cpu('intel') },
    expect: 'pass',
  },
  {
    name: 'a virtual VT-d on an AMD processor',
    facts: {
      acpi: known({ tables: ['DMAR'], dmar: unknown('denied', 'test'), ivrs: known(null, 'test') }, 'test'),
      commandLine: commandLine('intel_iommu=off'),
      cpu: cpu('amd'),
    },
    expect: ['iommu-told-off'],
  },
  {
    name: 'a word of PCs on an Arm board',
    facts: { commandLine: commandLine('iommu=off'), cpu: cpu('arm') },
    expect: 'pass',
  },
  { name: 'nothing is shown', facts: {}, expect: 'unknown' },
])
