import { expect, test } from 'vitest'
import { check } from '../../../checks/kernel/harmless-messages.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import type { MessageList } from '../../../src/model/log.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { recognise } from '../../../src/parse/messages.ts'
import { checkTable } from '../../support/check-table.ts'
import { facts, messages } from '../../support/facts.ts'
import { WHOLE } from '../../support/vocabulary.ts'

const HIDING = 'vfio-pci 0000:01:00.0: vfio_ecap_init: hiding ecap 0x19@0x900'
const OPT_OUT =
  "DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit. Use 'intremap=no_x2apic_optout' to override the BIOS setting."
const COUNTERS = 'pci 0000:00:00.2: AMD-Vi: Unable to read/write to IOMMU perf counter.'

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
  {
    name: 'the start of a guest and the picture of firmware, for who asks about that device',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)',
        'pci 0000:01:00.0: vgaarb: setting as boot VGA device',
        HIDING,
        'pci 0000:02:00.0: vgaarb: deactivate vga console',
      ]),
    },
    asked: ['0000:01:00.0'],
    expect: ['message-harmless@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'what the host says of its IOMMU, for who asks about any device',
    facts: { messages: messages([OPT_OUT, COUNTERS, HIDING]) },
    asked: ['0000:01:00.0'],
    expect: ['message-harmless@host'],
  },
  {
    name: 'a line of the function that is the IOMMU is about the host',
    facts: { messages: messages([COUNTERS]) },
    asked: ['0000:01:00.0'],
    expect: ['message-harmless@host'],
  },
  { name: 'nobody asked about a device', facts: { messages: messages([OPT_OUT, COUNTERS]) }, expect: 'skip' },
  {
    name: 'what nearly every host says is no matter',
    facts: { messages: messages(['DMAR: No ATSR found', 'nvme 0000:01:00.0: enabling device (0000 -> 0002)']) },
    asked: ['0000:01:00.0'],
    expect: 'skip',
  },
  {
    name: 'a device was asked about, and no line is known',
    facts: { messages: messages([]) },
    asked: ['0000:01:00.0'],
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

test('of several kinds one finding shows a line each with what it means, and not more than six', () => {
  const more = [
    'AMD IOMMUv2 functionality not available on this system',
    'AMD-Vi: Translation was enabled for IOMMU:0 but we are not in kdump mode',
    "DMAR: dmar0: Doesn't support hardware pass through",
    'DMAR-IR: dmar0 does not support EIM',
    'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)',
  ]
  const scope = { asked: ['0000:01:00.0'], candidates: new Map<string, string>() }
  const outcome = runCheck(check, facts({ messages: messages([OPT_OUT, COUNTERS, ...more]) }), scope)
  const hits = outcome.kind === 'hits' ? outcome.hits : []
  expect(hits).toHaveLength(1)
  expect(hits[0]?.evidence.map((one) => one.saw)).toHaveLength(6)
  expect(hits[0]?.evidence[1]?.saw).toMatch(/perf counter\. \(.*\)$/)
  expect(hits[0]?.values?.['line']).toBe('7 kinds of line in the kernel log that read like faults')
})
