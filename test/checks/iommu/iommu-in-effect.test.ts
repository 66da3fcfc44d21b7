import { expect, test } from 'vitest'
import { check } from '../../../checks/iommu/iommu-in-effect.ts'
import { found } from '../../../src/diagnose/causes.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { AcpiFacts } from '../../../src/model/iommu.ts'
import type { EmptySearch } from '../../../src/model/log.ts'
import { checkTable } from '../../support/check-table.ts'
import {
  commandLine,
  cpu,
  endpoint,
  environment,
  fact,
  facts,
  kernel,
  messages,
  pciFacts,
} from '../../support/facts.ts'

const none = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const acpi = (...tables: readonly string[]) =>
  known<AcpiFacts>(
    { tables, dmar: unknown('denied', 'DMAR'), ivrs: unknown('denied', 'IVRS') },
    '/sys/firmware/acpi/tables',
  )
const intel = { ...none, cpu: cpu('intel', ['vmx']), environment: environment() }
const amd = { ...none, cpu: cpu('amd', ['svm']), environment: environment() }
const searches = (...tables: readonly ('DMAR' | 'IVRS')[]) =>
  known<readonly EmptySearch[]>(
    [{ command: 'dmesg | grep WORDS', tables, groups: false, place: 'log', told: false, source: 'paste, line 1' }],
    'paste',
  )
const offByDefault = known({ CONFIG_INTEL_IOMMU: 'y' }, '/boot/config')

checkTable(check, [
  {
    name: 'asked for with a dash, and off all the same',
    facts: { ...intel, acpi: acpi('DMAR'), commandLine: commandLine('intel-iommu=on'), kernelConfig: offByDefault },
    expect: ['iommu-off-in-kernel'],
  },
  {
    name: 'a machine without a PCI function',
    facts: { ...pciFacts([]), cpu: cpu('intel'), environment: environment(), acpi: acpi('FACP') },
    expect: 'skip',
  },
  {
    name: 'a function has a group',
    facts: pciFacts([endpoint({ address: '0000:01:00.0', group: 5 })]),
    expect: 'pass',
  },
  {
    name: 'VFIO made a group for the only function that has one, and no unit is there: its no-IOMMU mode',
    facts: {
      ...intel,
      ...pciFacts([
        endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 0 }),
        endpoint({ address: '0000:02:00.0', group: null }),
      ]),
      iommuUnits: fact([]),
      acpi: acpi('FACP'),
    },
    expect: ['iommu-off-in-firmware@host'],
  },
  {
    name: 'the only function with a group is on vfio-pci, behind an IOMMU that leaves the others out',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 0 }),
        endpoint({ address: '0000:02:00.0', group: null }),
      ]),
    },
    expect: 'pass',
  },
  {
    name: 'Intel without a DMAR table',
    facts: { ...intel, acpi: acpi('FACP', 'APIC') },
    expect: ['iommu-off-in-firmware@host'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'intel_iommu=on does not make up for the table',
    facts: { ...intel, acpi: acpi('FACP'), commandLine: commandLine('intel_iommu=on') },
    expect: ['iommu-off-in-firmware'],
  },
  { name: 'AMD without an IVRS table', facts: { ...amd, acpi: acpi('FACP') }, expect: ['iommu-off-in-firmware'] },
  {
    name: 'whether it is a guest could not be told',
    facts: { ...none, cpu: cpu('intel'), acpi: acpi('FACP') },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'a guest without a virtual IOMMU',
    facts: { ...amd, acpi: acpi('FACP'), environment: environment({ hypervisor: 'KVM' }) },
    expect: ['iommu-absent-in-guest'],
  },
  {
    name: 'intel_iommu=off with the table',
    facts: { ...intel, acpi: acpi('DMAR'), commandLine: commandLine('intel_iommu=off') },
    expect: ['iommu-disabled-by-parameter'],
    confidence: 'certain',
    advises: '"parameter":"intel_iommu=on","without":"intel_iommu=off"',
  },
  {
    name: 'amd_iommu=off on Intel is not the reason',
    facts: { ...intel, acpi: acpi('DMAR'), commandLine: commandLine('amd_iommu=off'), kernelConfig: offByDefault },
    expect: ['iommu-default-off'],
  },
  {
    name: 'off unless asked',
    facts: { ...intel, acpi: acpi('DMAR'), commandLine: commandLine('quiet'), kernelConfig: offByDefault },
    expect: ['iommu-default-off'],
  },
  {
    name: 'the driver is not built',
    facts: {
      ...intel,
      acpi: acpi('DMAR'),
      commandLine: commandLine('quiet'),
      kernelConfig: known({ CONFIG_PCI: 'y' }, '/boot/config'),
    },
    expect: ['iommu-driver-not-built'],
  },
  {
    name: 'the driver is not built, and nothing else is shown',
    facts: { cpu: cpu('amd'), kernelConfig: known({ CONFIG_AMD_IOMMU: 'n' }, 'paste, line 3') },
    expect: ['iommu-driver-not-built'],
    confidence: 'likely',
  },
  {
    name: "the driver of another maker's IOMMU is not built",
    facts: { cpu: cpu('intel'), kernelConfig: known({ CONFIG_AMD_IOMMU: 'n' }, 'paste, line 3') },
    expect: 'unknown',
  },
  {
    name: 'a table, and no reason shown',
    facts: { ...intel, acpi: acpi('DMAR'), commandLine: commandLine('intel_iommu=on') },
    expect: ['iommu-off-in-kernel'],
    confidence: 'likely',
  },
  {
    name: 'ARM has a check of its own',
    facts: { ...none, cpu: cpu('arm'), acpi: acpi('FACP'), environment: environment() },
    expect: 'skip',
  },
  {
    name: 'an Arm guest, whose IORT is for its interrupts',
    facts: { ...none, cpu: cpu('arm'), acpi: acpi('IORT'), environment: environment({ hypervisor: 'QEMU' }) },
    expect: ['iommu-absent-in-guest'],
    confidence: 'likely',
  },
  {
    name: 'an Arm guest whose kernel has no driver for an SMMU',
    facts: {
      ...none,
      cpu: cpu('arm'),
      acpi: acpi('IORT'),
      environment: environment({ hypervisor: 'QEMU' }),
      kernelConfig: known({ CONFIG_PCI: 'y' }, '/boot/config'),
    },
    expect: ['iommu-driver-not-built'],
  },
  {
    name: 'a container that hides the tables proves nothing about firmware',
    facts: { ...none, cpu: cpu('intel'), acpi: acpi(), environment: environment({ container: 'docker' }) },
    expect: ['iommu-absent'],
    confidence: 'possible',
  },
  {
    name: 'acpi=off hides the tables',
    facts: { ...intel, acpi: acpi(), commandLine: commandLine('acpi=off') },
    expect: ['iommu-disabled-by-parameter'],
    confidence: 'likely',
  },
  {
    name: 'a cloud instance',
    facts: { ...amd, acpi: acpi('FACP'), environment: environment({ hypervisor: 'Amazon EC2' }) },
    expect: ['iommu-absent-in-guest'],
  },
  {
    name: 'the control domain of Xen',
    facts: { ...intel, acpi: acpi('FACP'), environment: environment({ hypervisor: 'Xen', xenDom0: true }) },
    expect: 'skip',
  },
  {
    name: 'the Linux of Windows',
    facts: { ...intel, acpi: acpi(), environment: environment({ hypervisor: 'Hyper-V', wsl: true }) },
    expect: 'skip',
  },
  {
    name: 'a Hygon host without IVRS',
    facts: { ...none, cpu: cpu('hygon'), acpi: acpi('FACP'), environment: environment() },
    expect: ['iommu-off-in-firmware'],
  },
  {
    name: 'no table was looked for, and the command line asks for nothing',
    facts: { ...none, cpu: cpu('intel'), commandLine: commandLine('quiet') },
    expect: ['iommu-not-asked-for', 'iommu-off-in-firmware'],
    confidence: 'possible',
  },
  {
    name: 'a kernel that is known to leave VT-d off',
    facts: { ...none, cpu: cpu('intel'), commandLine: commandLine('quiet'), kernelConfig: offByDefault },
    expect: ['iommu-not-asked-for', 'iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'a kernel that turns VT-d on by itself',
    facts: {
      ...none,
      cpu: cpu('intel'),
      commandLine: commandLine('quiet'),
      kernelConfig: known({ CONFIG_INTEL_IOMMU_DEFAULT_ON: 'y' }, '/boot/config'),
    },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'Proxmox from 6.8 on does too',
    facts: { ...none, cpu: cpu('intel'), commandLine: commandLine('quiet'), kernel: kernel('6.8.12-4-pve') },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'asked for, and none',
    facts: { ...none, cpu: cpu('intel'), commandLine: commandLine('intel_iommu=on') },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'AMD, and no table was looked for',
    facts: { ...none, cpu: cpu('amd') },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'the root of PCI names the maker of the CPU',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:00:00.0', vendorId: '1022', deviceId: '1480', class: 0x060000, group: null }),
        endpoint({ address: '0000:01:00.0', group: null }),
      ]),
    },
    expect: ['iommu-off-in-firmware'],
    confidence: 'likely',
  },
  {
    name: 'a root that QEMU emulates names none',
    facts: {
      ...pciFacts([
        endpoint({ address: '0000:00:00.0', vendorId: '8086', deviceId: '29c0', class: 0x060000, group: null }),
        endpoint({ address: '0000:01:00.0', group: null }),
      ]),
    },
    expect: ['iommu-absent'],
  },
  {
    name: 'a search of the log for DMAR says nothing on AMD',
    facts: { cpu: cpu('amd'), searches: searches('DMAR') },
    expect: 'unknown',
  },
  {
    name: 'a search of the log came out empty, and no groups are shown',
    facts: { cpu: cpu('intel'), searches: searches('DMAR') },
    expect: ['iommu-off-in-firmware'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'whose CPU it is, is not known',
    facts: { searches: searches('DMAR') },
    expect: ['iommu-off-in-firmware'],
    severity: 'warn',
    confidence: 'possible',
  },
  {
    name: 'an empty search beside groups',
    facts: { ...pciFacts([endpoint({ address: '0000:01:00.0', group: 5 })]), searches: searches('DMAR') },
    expect: 'pass',
  },
  {
    name: 'an empty search in one place, where virt-host-validate passes in another',
    facts: {
      cpu: cpu('intel'),
      searches: searches('DMAR'),
      messages: messages(['QEMU: Checking if IOMMU is enabled by kernel : PASS'], false),
    },
    expect: 'unknown',
  },
  {
    name: 'no unit is registered, on whatever CPU',
    facts: { iommuUnits: fact([]) },
    expect: ['iommu-absent'],
    confidence: 'possible',
  },
  {
    name: 'the links could not be read',
    facts: { pci: pciFacts([endpoint({ address: '0000:01:00.0', group: undefined })]).pci },
    expect: 'unknown',
  },
  { name: 'nothing could be read', facts: {}, expect: 'unknown' },
])

const asked = { acpi: acpi('DMAR'), commandLine: commandLine('intel_iommu=on') }

test.each([
  ['the table', { acpi: acpi('DMAR'), commandLine: commandLine('intel_iommu=off') }, 'Firmware offers one.'],
  ['no ACPI', { acpi: acpi(), commandLine: commandLine('acpi=off') }, 'Without ACPI it is not to be seen whether'],
  ['no list of tables', { commandLine: commandLine('intel_iommu=off') }, 'It could not be told whether'],
  [
    'a whole log without a reason',
    { ...asked, messages: messages(['DMAR: IOMMU enabled']) },
    'was read from its start',
  ],
  ['a log with one', { ...asked, messages: messages(['DMAR: Parse DMAR table failure.']) }, 'The kernel log says why'],
  ['a part of the log', { ...asked, messages: messages([], false) }, 'of which too little was seen'],
  ['no log', asked, 'of which too little was seen'],
])('what is said of the reason with %s', (_, more, words) => {
  const outcome = runCheck(check, facts({ ...intel, ...more }), { asked: [], candidates: new Map() })
  if (outcome.kind === 'crash') throw new Error(outcome.message)
  expect(found([outcome])[0]?.finding.summary).toContain(words)
})
