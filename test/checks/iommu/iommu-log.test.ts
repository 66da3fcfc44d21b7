import { check } from '../../../checks/iommu/iommu-log.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, messages, pciFacts } from '../../support/facts.ts'

const BANNER = 'Linux version 6.1.0-18-amd64'
const fault =
  'DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault addr 0xfffff000 [fault reason 0x06] PTE Read access is not set'
const on = pciFacts([endpoint({ address: '0000:01:00.0', group: 1 })])
const off = pciFacts([endpoint({ address: '0000:01:00.0', group: null })])

checkTable(check, [
  { name: 'a quiet log', facts: { messages: messages([BANNER]) }, expect: 'pass' },
  {
    name: 'the DMAR table is rejected, and nothing works',
    facts: { ...off, messages: messages(['DMAR: Parse DMAR table failure.']) },
    expect: ['dmar-table-broken@host'],
    severity: 'fail',
  },
  {
    name: 'a complaint at boot, and the IOMMU came up',
    facts: { ...on, messages: messages(['DMAR: Parse DMAR table failure.']) },
    expect: ['dmar-table-broken'],
    severity: 'warn',
  },
  {
    name: 'the IVRS table is rejected',
    facts: { messages: messages(['AMD-Vi: [Firmware Bug]: IVRS invalid checksum']) },
    expect: ['ivrs-table-broken'],
  },
  {
    name: 'the driver gave up',
    facts: { ...off, messages: messages(['DMAR: Initialization failed']) },
    expect: ['iommu-init-failed'],
  },
  {
    name: 'Stoney Ridge',
    facts: { messages: messages(['AMD-Vi: Disable IOMMU on Stoney Ridge']) },
    expect: ['iommu-off-by-quirk'],
  },
  {
    name: 'an RMRR at an odd place',
    facts: {
      ...on,
      messages: messages([
        'DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR [0x000000007d83f000-0x000000007d85efff]',
      ]),
    },
    expect: ['rmrr-table-odd'],
    severity: 'info',
  },
  {
    name: 'faults of a host device',
    facts: { ...on, messages: messages([fault, fault]) },
    expect: ['device-dma-fault@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'faults of a device that a guest has',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 1 })]),
      messages: messages([fault]),
    },
    expect: ['guest-dma-fault@0000:01:00.0'],
  },
  {
    name: 'a device that does not answer',
    facts: { messages: messages(['AMD-Vi: Completion-Wait loop timed out']) },
    expect: ['iommu-device-timeout'],
  },
  {
    name: 'a device left out',
    facts: { messages: messages(['pci 0000:01:00.0: Failed to add to iommu group 5: -16']) },
    expect: ['device-not-added'],
  },
  {
    name: 'the log does not reach back',
    facts: { messages: messages(['usb 1-1: new device'], false) },
    expect: 'unknown',
  },
  { name: 'no log', facts: {}, expect: 'unknown' },
])
