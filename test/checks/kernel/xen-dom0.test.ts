import { check } from '../../../checks/kernel/xen-dom0.ts'
import { checkTable } from '../../support/check-table.ts'
import { environment, messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'the control domain',
    facts: { environment: environment({ hypervisor: 'xen', xenDom0: true }) },
    expect: ['xen-rules-iommu'],
    severity: 'fail',
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
  { name: 'bare metal', facts: { environment: environment() }, expect: 'pass' },
  { name: 'not known', facts: {}, expect: 'unknown' },
])
