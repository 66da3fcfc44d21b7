import { check } from '../../../checks/kernel/hardware-parameters.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, endpoint, messages, pciFacts } from '../../support/facts.ts'

const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 3 })])

checkTable(check, [
  { name: 'pci=nomsi', facts: { commandLine: commandLine('pci=nomsi') }, expect: ['msi-off-by-parameter'] },
  {
    name: 'one pci= with two sins',
    facts: { commandLine: commandLine('pci=nommconf,noaer') },
    expect: ['pci-config-reduced', 'pci-workaround'],
  },
  { name: 'noapic', facts: { commandLine: commandLine('noapic') }, expect: ['apic-off-by-parameter'] },
  {
    name: 'firmware declares that there is no MSI',
    facts: {
      commandLine: commandLine('quiet'),
      messages: messages(["ACPI FADT declares the system doesn't support MSI, so disable it"]),
    },
    expect: ['msi-off-by-firmware'],
  },
  {
    name: 'iommu=soft where no IOMMU is in effect',
    facts: { ...off, commandLine: commandLine('iommu=soft') },
    expect: ['iommu-soft'],
    confidence: 'possible',
  },
  { name: 'iommu=soft beside groups', facts: { ...on, commandLine: commandLine('iommu=soft') }, expect: 'pass' },
  {
    name: 'iommu=pt is optional and no fault, pci=realloc and pcie_aspm=off are none either',
    facts: { commandLine: commandLine('iommu=pt pci=realloc pcie_aspm=off pci=noats') },
    expect: 'pass',
  },
  { name: 'no command line', facts: {}, expect: 'unknown' },
])
