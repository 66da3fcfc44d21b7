import { check } from '../../../checks/isolation/acs-override.ts'
import type { KernelLog } from '../../../src/model/log.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, fact } from '../../support/facts.ts'

const log = (text: string, fromBoot: boolean) =>
  fact<KernelLog>({ lines: [{ text, time: 0, wall: null, level: null, line: 1 }], fromBoot }, 'kernel log')
const set = commandLine('quiet pcie_acs_override=downstream,multifunction')
const warned = 'Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA'

checkTable(check, [
  {
    name: 'a patched kernel obeys',
    facts: { commandLine: set, kernelLog: log(warned, true) },
    expect: ['acs-override-on@host'],
    severity: 'warn',
  },
  {
    name: 'a plain kernel does not know it',
    facts: { commandLine: set, kernelLog: log('Linux version 6.1.0', true) },
    expect: ['acs-override-ignored@host'],
    confidence: 'likely',
  },
  {
    name: 'the log was cut',
    facts: { commandLine: set, kernelLog: log('usb 1-1: new device', false) },
    expect: ['acs-override-unproven@host'],
    confidence: 'possible',
  },
  { name: 'no such parameter', facts: { commandLine: commandLine('quiet') }, expect: 'pass' },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
