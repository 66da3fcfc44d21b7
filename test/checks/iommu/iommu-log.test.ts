import { expect, test } from 'vitest'
import { check } from '../../../checks/iommu/iommu-log.ts'
import { found } from '../../../src/diagnose/causes.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, facts, kernel, messages, pciFacts } from '../../support/facts.ts'

const working = pciFacts([endpoint({ address: '0000:01:00.0', group: 1 })])
const PARSE = 'DMAR: Parse DMAR table failure.'
const graphics = 'pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on this chipset'

checkTable(check, [
  {
    name: 'the DMAR table is rejected',
    facts: { messages: messages([PARSE], false) },
    expect: ['dmar-table-broken@host'],
    severity: 'fail',
  },
  {
    name: 'the IOMMU works in spite of it',
    facts: { messages: messages([PARSE]), ...working },
    expect: ['dmar-table-broken'],
    severity: 'warn',
  },
  {
    name: 'the IVRS table is damaged',
    facts: { messages: messages(['AMD-Vi: [Firmware Bug]: IVRS invalid checksum']) },
    expect: ['ivrs-table-broken@host'],
    severity: 'fail',
  },
  {
    name: 'the IORT table is broken',
    facts: { messages: messages(['IORT node pointer overflows, bad table!']) },
    expect: ['iort-table-broken@host'],
  },
  {
    name: 'a part of the table is odd',
    facts: {
      messages: messages([
        'DMAR: [Firmware Bug]: BIOS assigned incorrect VT-d unit for Intel(R) QuickData Technology device',
      ]),
    },
    expect: ['iommu-table-odd'],
    severity: 'info',
  },
  {
    name: 'the driver gave up',
    facts: { messages: messages(['DMAR: Initialization failed']) },
    expect: ['iommu-init-failed@host'],
    severity: 'fail',
  },
  {
    name: 'the kernel avoids a faulty platform',
    facts: { messages: messages(['AMD-Vi: Disable IOMMU on Stoney Ridge']) },
    expect: ['iommu-off-by-quirk@host'],
  },
  {
    name: 'the graphics is left out',
    facts: { messages: messages([graphics]) },
    expect: ['graphics-left-out@0000:00:02.0'],
    severity: 'warn',
    advises: 'No parameter changes that',
  },
  {
    name: 'for want of memory that firmware sets aside',
    facts: {
      messages: messages(['pci 0000:00:02.0: DMAR: BIOS has allocated no shadow GTT; disabling IOMMU for graphics']),
    },
    expect: ['graphics-left-out@0000:00:02.0'],
    advises: 'update-firmware',
  },
  {
    name: 'by a parameter, and nobody wants it',
    facts: { messages: messages(['DMAR: Disable GFX device mapping']), ...working },
    expect: ['graphics-left-out@host'],
    severity: 'info',
    advises: '"do":"nothing"',
  },
  {
    name: 'by a parameter, and vfio-pci refused it',
    facts: {
      messages: messages([
        'DMAR: Disable GFX device mapping',
        'vfio-pci 0000:00:02.0: probe with driver vfio-pci failed with error -22',
      ]),
    },
    expect: ['graphics-left-out@0000:00:02.0'],
    severity: 'warn',
  },
  {
    name: 'by a parameter, and vfio-pci refused something else',
    facts: {
      messages: messages([
        'DMAR: Disable GFX device mapping',
        'vfio-pci 0000:00:1c.0: probe with driver vfio-pci failed with error -22',
      ]),
    },
    expect: ['graphics-left-out@host'],
    severity: 'info',
  },
  {
    name: 'the graphics has a group all the same',
    facts: {
      messages: messages([graphics]),
      ...pciFacts([endpoint({ address: '0000:00:02.0', class: 0x030000, group: 2 })]),
    },
    expect: 'pass',
  },
  {
    name: 'an RMRR lies at an odd place',
    facts: {
      messages: messages([
        'DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR [0x000000007b800000-0x000000007fffffff]',
      ]),
    },
    expect: ['rmrr-table-odd@host'],
    severity: 'info',
  },
  {
    name: 'one device was not added',
    facts: { messages: messages(['pci 0000:0b:00.0: AMD-Vi: Failed to initialize - trying to proceed anyway']) },
    expect: ['device-not-added@0000:0b:00.0'],
    severity: 'warn',
  },
  {
    name: 'what was not added is no PCI function',
    facts: { messages: messages(['platform MSFT0101:00: Failed to add to iommu group 3: -12']) },
    expect: 'pass',
  },
  {
    name: 'an outside device is not trusted',
    facts: {
      messages: messages([
        'thunderbolt 0000:3a:00.0: Device is not trusted, but driver is overriding group 12 to identity, refusing to probe.',
      ]),
    },
    expect: ['device-untrusted@0000:3a:00.0'],
  },
  {
    name: 'firmware denies coherence',
    facts: {
      messages: messages(['arm-smmu-v3 arm-smmu-v3.0.auto: IDR0.COHACC overridden by FW configuration (false)']),
    },
    expect: ['smmu-not-coherent@host'],
    severity: 'fail',
    confidence: 'likely',
  },
  {
    name: 'firmware denies it, to a kernel that does not ask',
    facts: {
      kernel: kernel('5.15.0', 'aarch64'),
      messages: messages(['arm-smmu-v3 arm-smmu-v3.0.auto: IDR0.COHACC overridden by FW configuration (false)']),
    },
    expect: 'pass',
  },
  {
    name: 'firmware grants it',
    facts: {
      messages: messages(['arm-smmu-v3 arm-smmu-v3.0.auto: IDR0.COHACC overridden by FW configuration (true)']),
    },
    expect: 'pass',
  },
  { name: 'a whole log says nothing', facts: { messages: messages([]) }, expect: 'pass' },
  { name: 'a log cut short proves nothing', facts: { messages: messages([], false) }, expect: 'unknown' },
])

test.each([
  ['on all the same', pciFacts([endpoint({ address: '0000:01:00.0' })]), 'the IOMMU is on'],
  ['off', pciFacts([endpoint({ address: '0000:01:00.0', group: null })]), 'the IOMMU stays off'],
])('a table that is rejected, and the IOMMU %s', (_name, pci, wanted) => {
  const machine = facts({ ...pci, messages: messages(['AMD-Vi: [Firmware Bug]: Invalid IVHD device type 0x30']) })
  const [first] = found([runCheck(check, machine, { asked: [], candidates: new Map() })])
  expect(first?.finding.summary).toContain(wanted)
})
