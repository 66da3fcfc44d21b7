import { check } from '../../../checks/kernel/iommu-parameters.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, environment, fact, pciFacts } from '../../support/facts.ts'

const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 1 })])

const unread = unknown('denied', 'test')
const tables = (...names: readonly string[]) => ({
  acpi: known({ tables: names, dmar: unread, ivrs: unread }, '/sys/firmware/acpi/tables'),
})
const dmar0 = { name: 'dmar0', kind: 'intel', cap: unread, ecap: unread, features: unread } as const

const relaxed = { ...on, commandLine: commandLine('intel_iommu=on,relax_rmrr'), cpu: cpu('intel') }
const logged = (fromBoot: boolean, ...texts: readonly string[]) =>
  fact({ lines: texts.map((text, line) => ({ text, time: 0, wall: null, level: null, line })), fromBoot })

checkTable(check, [
  {
    name: 'a word of a patch, on a kernel that has it',
    facts: { ...relaxed, kernelLog: logged(true, 'DMAR: Intel-IOMMU: assuming all RMRRs are relaxable.') },
    expect: 'pass',
  },
  {
    name: 'the same on a kernel without it',
    facts: { ...relaxed, kernelLog: logged(true, 'DMAR: IOMMU enabled') },
    expect: ['iommu-parameter-no-value'],
    confidence: 'certain',
  },
  {
    name: 'the same where the log does not reach back',
    facts: { ...relaxed, kernelLog: logged(false, 'DMAR: IOMMU enabled') },
    expect: ['iommu-parameter-no-value'],
    confidence: 'possible',
  },
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
    severity: 'info',
  },
  ...['intel_iomu=on', 'intel_iomum=on', 'intle-iommu=on', 'intel_iommuu=on', 'Intel_iommu=on'].map((word) => ({
    name: `the name is one letter off in ${word}, and the IOMMU is off`,
    facts: { ...off, commandLine: commandLine(`quiet ${word}`), cpu: cpu('intel') },
    expect: ['iommu-parameter-invented@host'],
    severity: 'warn' as const,
    advises: `"parameter":"intel_iommu=on","without":"${word}"`,
  })),
  {
    name: 'the same with an IOMMU in effect: a word to take out',
    facts: { ...on, commandLine: commandLine('intel_iomu=on'), cpu: cpu('intel') },
    expect: ['iommu-parameter-invented'],
    severity: 'info',
    advises: '"do":"remove-kernel-parameter"',
  },
  {
    name: 'the same on AMD, where the right word would do nothing either',
    facts: { ...off, commandLine: commandLine('amd_imomu=on'), cpu: cpu('amd') },
    expect: ['iommu-parameter-invented'],
    severity: 'info',
    advises: '"do":"remove-kernel-parameter"',
  },
  {
    name: 'whether an IOMMU is in effect was not seen',
    facts: { commandLine: commandLine('iomu=pt'), cpu: cpu('intel') },
    expect: ['iommu-parameter-invented'],
    severity: 'info',
  },
  ...[
    'intel-iommu=on',
    'iommu.strict=1',
    'iomu.passthrough=1',
    'intel_iomu',
    'systemd.iomu=on',
    'amd_iommu_dump=1',
    'nointremap',
    'quiet -- intel_iomu=on',
  ].map((word) => ({
    name: `nothing is misspelt in ${word}`,
    facts: { ...off, commandLine: commandLine(word), cpu: cpu('intel') },
    expect: 'pass' as const,
  })),
  {
    name: 'one letter off on Arm, which has no such word at all',
    facts: { ...on, commandLine: commandLine('iomu=pt'), cpu: cpu('arm') },
    expect: 'pass',
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
