import { check } from '../../../checks/kernel/xen-dom0.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, environment, messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'the control domain',
    facts: { environment: environment({ hypervisor: 'xen', xenDom0: true }) },
    expect: ['xen-rules-iommu'],
    severity: 'fail',
  },
  {
    name: 'ids for vfio-pci are left over there',
    facts: {
      environment: environment({ hypervisor: 'xen', xenDom0: true }),
      commandLine: commandLine('vfio-pci.ids=10de:1b80'),
    },
    expect: ['xen-rules-iommu', 'ids-under-xen'],
  },
  {
    name: 'ids on a host without Xen',
    facts: { environment: environment(), commandLine: commandLine('vfio-pci.ids=10de:1b80') },
    expect: 'pass',
  },
  {
    name: 'a guest of Xen is another matter',
    facts: { environment: environment({ hypervisor: 'xen' }) },
    expect: 'pass',
  },
  {
    name: 'the tools of Xen refuse a device',
    facts: {
      messages: messages([
        'libxl: error: libxl_pci.c:1395:libxl__device_pci_add: PCI device 0000:00:19.0 cannot be assigned - no IOMMU?',
      ]),
    },
    expect: ['xen-no-iommu@0000:00:19.0'],
    confidence: 'likely',
  },
  {
    name: 'the same on AMD',
    facts: {
      cpu: cpu('amd'),
      messages: messages([
        'libxl: error: libxl_pci.c:1395:libxl__device_pci_add: PCI device 0000:00:19.0 cannot be assigned - no IOMMU?',
      ]),
    },
    expect: ['xen-no-iommu'],
    advises: 'amd-vi',
  },
  { name: 'bare metal', facts: { environment: environment() }, expect: 'pass' },
  { name: 'not known', facts: {}, expect: 'unknown' },
  {
    name: 'Xen did not get the AMD IOMMU going',
    facts: { messages: messages(['(XEN) AMD-Vi: Error initialization', '(XEN) I/O virtualisation disabled']) },
    expect: ['xen-no-iommu@host'],
    severity: 'fail',
    advises: 'amd-vi',
  },
  {
    name: 'because a table reserves what the memory map does not',
    facts: {
      messages: messages([
        '(XEN) IVMD: [0xa1000, 0xa2000] is not (entirely) in reserved memory',
        "(XEN) IVMD: page at 0xa1000 can't be converted",
        '(XEN) AMD-Vi: Error initialization',
      ]),
    },
    expect: ['xen-table-refused@host', 'xen-no-iommu'],
    severity: 'fail',
  },
])
