import { check } from '../../../checks/kernel/harmless-messages.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { MessageList } from '../../../src/model/log.ts'
import { recognise } from '../../../src/parse/messages.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'
import { WHOLE } from '../../support/vocabulary.ts'

const HIDING = 'vfio-pci 0000:01:00.0: vfio_ecap_init: hiding ecap 0x19@0x900'
function paste(...lines: readonly string[]): Fact<MessageList> {
  const numbered = lines.map((text, index) => ({ text, line: index + 1, time: null, wall: null }))
  return known(recognise(numbered, 'paste', false, WHOLE), 'paste')
}

checkTable(check, [
  {
    name: 'a post about a line',
    facts: { messages: paste(HIDING) },
    expect: ['message-harmless@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'two of one kind are one finding',
    facts: { messages: paste(HIDING, HIDING, 'AMD-Vi: Unable to read/write to IOMMU perf counter.') },
    expect: ['message-harmless', 'message-harmless@host'],
  },
  {
    name: 'beside a fault it is noise',
    facts: { messages: paste(HIDING, 'vfio-pci: probe of 0000:01:00.0 failed with error -22') },
    expect: 'skip',
  },
  { name: 'a live host is left in peace', facts: { messages: messages([HIDING]) }, expect: 'skip' },
  {
    name: 'the device was asked for',
    facts: { messages: messages([HIDING]) },
    asked: ['0000:01:00.0'],
    expect: ['message-harmless@0000:01:00.0'],
  },
  {
    name: 'another device was asked for',
    facts: { messages: messages([HIDING]) },
    asked: ['0000:02:00.0'],
    expect: 'skip',
  },
  { name: 'good news is no question', facts: { messages: paste('DMAR: IOMMU enabled') }, expect: 'skip' },
  ...[
    "error: Requested operation is not valid: cannot migrate a domain with <hostdev mode='subsystem' type='pci'>",
    "error: operation failed: Failed to take snapshot: Error: State blocked by non-migratable device '0000:00:07.0/vfio'",
    'Error: 0000:03:00.0: VFIO migration is not supported in kernel',
    "migration aborted (duration 00:00:00): can't migrate VM which uses local devices: hostpci0, usb0",
    "kvm: warning: This family of AMD CPU doesn't support hyperthreading(2). Please configure -smp options properly",
  ].map((line) => ({
    name: `what people ask about: ${line.slice(0, 60)}`,
    facts: { messages: paste(line) },
    expect: ['message-harmless'],
  })),
  { name: 'no messages', facts: {}, expect: 'skip' },
])
