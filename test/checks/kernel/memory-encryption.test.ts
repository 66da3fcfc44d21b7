import { check } from '../../../checks/kernel/memory-encryption.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'the default is set aside',
    facts: { messages: messages(['iommu: Memory encryption detected - Disabling default IOMMU Passthrough']) },
    expect: ['pt-default-set-aside'],
    severity: 'info',
  },
  {
    name: 'no SNP',
    facts: {
      messages: messages(['AMD-Vi: SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported.']),
    },
    expect: ['snp-off-by-pt'],
    severity: 'info',
  },
  { name: 'neither', facts: { messages: messages(['hello']) }, expect: 'skip' },
  { name: 'no messages', facts: {}, expect: 'skip' },
])
