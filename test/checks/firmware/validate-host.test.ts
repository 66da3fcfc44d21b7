import { check } from '../../../checks/firmware/validate-host.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, messages, pciFacts } from '../../support/facts.ts'

const dmar =
  'QEMU: Checking for device assignment IOMMU support : WARN (No ACPI DMAR table found, IOMMU either disabled in BIOS or not supported by this hardware platform)'
const kernel =
  'QEMU: Checking if IOMMU is enabled by kernel : WARN (IOMMU appears to be disabled in kernel. Add intel_iommu=on to kernel cmdline arguments)'

checkTable(check, [
  {
    name: 'no table',
    facts: { messages: messages([dmar], false) },
    expect: ['validate-no-table'],
    confidence: 'likely',
  },
  { name: 'a table and no groups', facts: { messages: messages([kernel], false) }, expect: ['validate-no-groups'] },
  {
    name: 'no place for groups',
    facts: { messages: messages(['WARN (IOMMU capability not compiled into kernel)'], false) },
    expect: ['validate-no-driver'],
  },
  {
    name: 'ARM',
    facts: { messages: messages(['QEMU: Checking for device assignment IOMMU support : WARN (No SMMU found)'], false) },
    expect: ['validate-no-smmu'],
  },
  {
    name: 'groups are shown, which is nearer to the truth',
    facts: { ...pciFacts([endpoint({ address: '0000:01:00.0' })]), messages: messages([dmar], false) },
    expect: 'skip',
  },
  {
    name: 'it passes on the host and fails in a container',
    facts: { messages: messages(['QEMU: Checking if IOMMU is enabled by kernel : PASS', dmar], false) },
    expect: ['validate-differs@host'],
    severity: 'info',
  },
  {
    name: 'it passes',
    facts: { messages: messages(['QEMU: Checking if IOMMU is enabled by kernel : PASS'], false) },
    expect: 'skip',
  },
  { name: 'nobody ran it', facts: { messages: messages(['hello'], false) }, expect: 'skip' },
  { name: 'no messages', facts: {}, expect: 'skip' },
])
