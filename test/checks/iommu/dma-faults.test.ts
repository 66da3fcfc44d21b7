import { check } from '../../../checks/iommu/dma-faults.ts'
import type { KernelLog } from '../../../src/model/log.ts'
import { known, type Fact } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, messages, pciFacts } from '../../support/facts.ts'

const GPU = '0000:01:00.0'
const READ =
  'DMAR: [DMA Read NO_PASID] Request device [01:00.0] fault addr 0x7a1c4000 [fault reason 0x06] PTE Read access is not set'
const host = pciFacts([endpoint({ address: GPU })]).pci
const vfio = pciFacts([endpoint({ address: GPU, driver: 'vfio-pci', vfioDev: true })]).pci
const marvell = endpoint({ address: '0000:05:00.0', vendorId: '1b4b', deviceId: '9230' })
const PHANTOM =
  'DMAR: [DMA Read] Request device [05:00.1] fault addr 7d1c0000 [fault reason 02] Present bit in context entry is clear'
const log = (seconds: number): Fact<KernelLog> =>
  known(
    { lines: [{ text: 'the last line', time: seconds, wall: null, level: null, line: 9 }], fromBoot: true },
    'kernel log',
  )

checkTable(check, [
  {
    name: 'a device faults, and a post shows no more',
    facts: { messages: messages([READ], false) },
    expect: ['device-dma-fault@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'a few faults of a device that stays with the host',
    facts: { messages: messages([READ, READ]), pci: host },
    expect: ['device-dma-fault@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a flood of them',
    facts: { messages: messages(Array.from({ length: 12 }, () => READ)), pci: host },
    expect: ['device-dma-fault@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'a flood at boot that stopped',
    facts: { messages: messages(Array.from({ length: 12 }, () => READ)), pci: host, kernelLog: log(5000) },
    expect: ['device-dma-fault@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the device is on VFIO',
    facts: { messages: messages([READ]), pci: vfio },
    expect: ['guest-dma-fault@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'an AMD fault of a device on VFIO',
    facts: {
      messages: messages([
        'vfio-pci 0000:01:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0x12345000 flags=0x0020]',
      ]),
      pci: vfio,
    },
    expect: ['guest-dma-fault@0000:01:00.0'],
  },
  {
    name: 'a controller that sends as a function it does not have',
    facts: { messages: messages([PHANTOM]), pci: pciFacts([marvell]).pci },
    asked: ['0000:05:00.0'],
    expect: ['dma-fault-phantom@0000:05:00.0'],
    severity: 'warn',
    confidence: 'certain',
  },
  {
    name: 'a post shows one function of that slot, and the IOMMU knows no other',
    facts: {
      messages: messages([PHANTOM]),
      pci: pciFacts([endpoint({ address: '0000:05:00.0', vendorId: '1234', deviceId: '5678' })], false).pci,
    },
    expect: ['dma-fault-phantom@0000:05:00.0'],
    confidence: 'likely',
  },
  {
    name: 'the function is there, so it is its own fault',
    facts: {
      messages: messages([PHANTOM]),
      pci: pciFacts([marvell, endpoint({ address: '0000:05:00.1' })], false).pci,
    },
    expect: ['device-dma-fault@0000:05:00.1'],
  },
  {
    name: 'a virtual function that was taken down since',
    facts: {
      messages: messages([READ.replace('01:00.0', '05:00.2')]),
      pci: pciFacts([endpoint({ address: '0000:05:00.0', sriovTotalVfs: 63, sriovNumVfs: 0 })]).pci,
    },
    expect: ['device-dma-fault@0000:05:00.2'],
    severity: 'info',
  },
  {
    name: 'a function that had an entry, and was taken off the bus since',
    facts: {
      messages: messages([READ.replace('01:00.0', '05:00.1')]),
      pci: pciFacts([endpoint({ address: '0000:05:00.0' })]).pci,
    },
    expect: ['device-dma-fault@0000:05:00.1'],
  },
  {
    name: 'the same in scalable mode, where the IOMMU has none',
    facts: {
      messages: messages([
        'DMAR: [DMA Read NO_PASID] Request device [05:00.1] fault addr 0x7d1c0000 [fault reason 0x41] SM: Present bit in Context Entry is clear',
      ]),
      pci: pciFacts([endpoint({ address: '0000:05:00.0' })]).pci,
    },
    expect: ['dma-fault-phantom@0000:05:00.0'],
  },
  {
    name: 'an SMMU names a stream at most',
    facts: {
      messages: messages([
        'arm-smmu 12e00000.iommu: Unhandled context fault: fsr=0x402, iova=0x7f000000, fsynr=0x10, cbfrsynra=0x400, cb=3',
      ]),
    },
    expect: ['dma-fault-unnamed@host'],
  },
  ...['PTE Read access is not set', 'Present bit in context entry is clear'].map((reason) => ({
    name: `of a fault that was copied by hand the reason is left: ${reason}`,
    facts: { messages: messages([`DMAR: DRDH: fault status req 2 ... ${reason}`]) },
    expect: ['dma-fault-unnamed@host'],
  })),
  {
    name: 'the line that announces a fault adds nothing to it',
    facts: { messages: messages(['DMAR: DRHD: handling fault status reg 3', READ], false) },
    expect: ['device-dma-fault@0000:01:00.0'],
  },
  {
    name: 'that line alone, behind a log that lost the fault',
    facts: { messages: messages(['DMAR: DRHD: handling fault status reg 2'], false) },
    expect: ['dma-fault-unnamed@host'],
  },
  {
    name: 'the register tells of an invalidation that timed out, and of no fault',
    facts: { messages: messages(['DMAR: DRHD: handling fault status reg 40'], true) },
    expect: 'pass',
  },
  {
    name: 'two devices share a stream',
    facts: {
      messages: messages([
        'vfio-pci 0000:02:00.0: Aliasing StreamID 0x100 (from 0000:01:00.0) unsupported, expect DMA to be broken',
      ]),
    },
    expect: ['dma-stream-shared@0000:02:00.0'],
    severity: 'fail',
  },
  {
    name: 'one blocked interrupt at boot',
    facts: {
      messages: messages([
        'DMAR: [INTR-REMAP] Request device [f0:1f.7] fault index 0x0 [fault reason 0x25] Blocked a compatibility format interrupt request',
      ]),
    },
    expect: ['interrupt-blocked@0000:f0:1f.7'],
    severity: 'info',
  },
  { name: 'a whole log says nothing', facts: { messages: messages([]) }, expect: 'pass' },
  { name: 'a log cut short proves nothing', facts: { messages: messages([], false) }, expect: 'unknown' },
])
