import { check } from '../../../checks/kernel/xen-dom0.ts'
import { checkTable } from '../../support/check-table.ts'
import { environment } from '../../support/facts.ts'

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
  { name: 'bare metal', facts: { environment: environment() }, expect: 'pass' },
  { name: 'not known', facts: {}, expect: 'unknown' },
])
