import { check } from '../../../checks/device/vendor-reset.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

const UNREADY =
  'vfio-pci 0000:2b:00.0: AMD_NAVI12: timed out waiting for PSP to reach valid state, but continuing anyway'
const DONE = 'vfio-pci 0000:2b:00.0: AMD_NAVI12: PSP mode1 reset successful'

checkTable(check, [
  {
    name: 'a chip that was not ready',
    facts: { messages: messages([UNREADY]) },
    expect: ['reset-chip-unready@0000:2b:00.0'],
    severity: 'info',
  },
  {
    name: 'a chip that was not ready, and whose reset succeeded',
    facts: { messages: messages([UNREADY, DONE]) },
    expect: ['reset-chip-unready@0000:2b:00.0'],
    severity: 'info',
  },
  { name: 'a chip that was ready', facts: { messages: messages([DONE]) }, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
