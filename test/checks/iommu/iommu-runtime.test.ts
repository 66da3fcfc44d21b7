import { check } from '../../../checks/iommu/iommu-runtime.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, messages, pciFacts } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'VT-d names the requester that did not answer',
    facts: { messages: messages(['DMAR: VT-d detected Invalidation Time-out Error: SID 100'], false) },
    expect: ['iommu-device-timeout@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'a device that stays with the host is told, and is no obstacle',
    facts: {
      messages: messages(['DMAR: VT-d detected Invalidation Time-out Error: SID 100']),
      pci: pciFacts([endpoint({ address: '0000:01:00.0' })]).pci,
    },
    expect: ['iommu-device-timeout@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'AMD names the device',
    facts: { messages: messages(['AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:0a:00.0 address=0x3f8e5b0a0]']) },
    expect: ['iommu-device-timeout@0000:0a:00.0'],
  },
  {
    name: 'an IOMMU that stalled names none',
    facts: { messages: messages(['AMD-Vi: Completion-Wait loop timed out']) },
    expect: ['iommu-device-timeout@host'],
  },
  {
    name: 'no interrupt entry is left',
    facts: { messages: messages(['AMD-Vi: Failed to allocate IRTE']) },
    expect: ['iommu-exhausted@host'],
  },
  {
    name: 'the unit refused a command',
    facts: { messages: messages(['DMAR: VT-d detected Invalidation Queue Error: Reason 1']) },
    expect: ['iommu-driver-fault@host'],
  },
  {
    name: 'the virtual IOMMU has larger pages',
    facts: { messages: messages(['virtio_iommu virtio0: granule 0x10000 larger than system page size 0x1000']) },
    expect: ['viommu-page-size@host'],
    severity: 'fail',
  },
  { name: 'a whole log says nothing', facts: { messages: messages([]) }, expect: 'pass' },
  { name: 'a log cut short proves nothing', facts: { messages: messages([], false) }, expect: 'unknown' },
])
