import { check } from '../../../checks/kernel/iommu-parameters.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, environment, pciFacts } from '../../support/facts.ts'

const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 1 })])

const unread = unknown('denied', 'test')
const tables = (...names: readonly string[]) => ({
  acpi: known({ tables: names, dmar: unread, ivrs: unread }, '/sys/firmware/acpi/tables'),
})
const dmar0 = { name: 'dmar0', kind: 'intel', cap: unread, ecap: unread, features: unread } as const

checkTable(check, [
  {
    name: 'a virtual VT-d on an AMD processor, which waits for its parameter',
    facts: { ...off, ...tables('FACP', 'DMAR'), commandLine: commandLine('intel_iommu=on iommu=pt'), cpu: cpu('amd') },
    expect: 'pass',
  },
  {
    name: 'the same at work, as its unit shows',
    facts: {
      ...on,
      iommuUnits: known([dmar0], '/sys/class/iommu'),
      commandLine: commandLine('intel_iommu=on'),
      cpu: cpu('amd'),
    },
    expect: 'pass',
  },
  {
    name: 'amd_iommu=on there',
    facts: { ...off, ...tables('DMAR'), commandLine: commandLine('amd_iommu=on'), cpu: cpu('amd') },
    expect: ['iommu-parameter-for-other-cpu'],
  },
  {
    name: 'a virtual machine on AMD, of which no table is shown',
    facts: {
      ...off,
      environment: environment({ hypervisor: 'KVM' }),
      commandLine: commandLine('intel_iommu=on'),
      cpu: cpu('amd'),
    },
    expect: ['iommu-parameter-for-other-cpu'],
    severity: 'info',
    confidence: 'possible',
  },
  {
    name: 'what POWER reads',
    facts: { ...on, commandLine: commandLine('iommu=nobypass'), cpu: cpu('power') },
    expect: 'pass',
  },
  {
    name: 'amd_iommu=on on Intel',
    facts: { ...off, commandLine: commandLine('amd_iommu=on'), cpu: cpu('intel') },
    expect: ['iommu-parameter-for-other-cpu'],
    severity: 'warn',
  },
  {
    name: 'the same where the IOMMU is on',
    facts: { ...on, commandLine: commandLine('amd_iommu=on'), cpu: cpu('intel') },
    expect: ['iommu-parameter-for-other-cpu'],
    severity: 'info',
  },
  {
    name: 'amd_iommu=on on AMD is no value',
    facts: { ...on, commandLine: commandLine('amd_iommu=on iommu=pt'), cpu: cpu('amd') },
    expect: ['iommu-parameter-no-value'],
    severity: 'info',
  },
  {
    name: 'intel_iommu=true',
    facts: { ...off, commandLine: commandLine('intel_iommu=true'), cpu: cpu('intel') },
    expect: ['iommu-parameter-no-value'],
  },
  { name: 'iommu=1', facts: { ...off, commandLine: commandLine('iommu=1') }, expect: ['iommu-parameter-no-value'] },
  {
    name: 'iommu_pt',
    facts: { ...off, commandLine: commandLine('intel_iommu=on iommu_pt'), cpu: cpu('intel') },
    expect: ['iommu-parameter-invented'],
  },
  {
    name: 'Zhaoxin has VT-d',
    facts: { ...on, commandLine: commandLine('intel_iommu=on'), cpu: cpu('zhaoxin') },
    expect: 'pass',
  },
  {
    name: 'intel_iommu=on on Arm',
    facts: { ...on, commandLine: commandLine('intel_iommu=on'), cpu: cpu('arm') },
    expect: ['iommu-parameter-for-other-cpu'],
  },
  {
    name: 'what each CPU reads',
    facts: { commandLine: commandLine('intel_iommu=on,sm_on iommu=pt'), cpu: cpu('intel') },
    expect: 'pass',
  },
  { name: 'nothing at all', facts: { commandLine: commandLine('quiet splash') }, expect: 'pass' },
  { name: 'the command line could not be read', facts: {}, expect: 'unknown' },
])
