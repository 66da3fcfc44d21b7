import { check } from '../../../checks/cpu/iommu-width.ts'
import { known, unknown } from '../../../src/model/fact.ts'
import type { Facts } from '../../../src/model/machine.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, messages } from '../../support/facts.ts'

/** MGAW and SAGAW of a VT-d capability register. */
function units(mgaw: number, sagaw: number): Facts['iommuUnits'] {
  const cap = known((BigInt(mgaw - 1) << 16n) | (BigInt(sagaw) << 8n), '/sys/class/iommu/dmar0/intel-iommu/cap')
  const unit = { name: 'dmar0', kind: 'intel', cap, ecap: known(0n, 'test'), features: known(null, 'test') } as const
  return known([unit], '/sys/class/iommu')
}
const wide = known({ vendor: 'intel', model: null, flags: [], physicalBits: 46 }, '/proc/cpuinfo') as Facts['cpu']
const REFUSED = 'DMAR: intel_iommu_map: iommu width (39) is not sufficient for the mapped address (380000000000)'
const asked = ['0000:01:00.0']

checkTable(check, [
  {
    name: '39 bits behind a CPU with 46',
    facts: { iommuUnits: units(39, 2), cpu: wide },
    asked,
    expect: ['iommu-narrower-than-cpu'],
    severity: 'info',
  },
  {
    name: 'page tables that reach less far than the register says',
    facts: { iommuUnits: units(48, 2), cpu: wide },
    asked,
    expect: ['iommu-narrower-than-cpu'],
  },
  { name: 'nobody wants to give a device away', facts: { iommuUnits: units(39, 2), cpu: wide }, expect: 'skip' },
  { name: 'the CPU is not shown', facts: { iommuUnits: units(39, 2) }, asked, expect: 'skip' },
  { name: 'as wide as the CPU', facts: { iommuUnits: units(48, 6), cpu: wide }, asked, expect: 'pass' },
  {
    name: '39 bits behind a CPU with 39',
    facts: { iommuUnits: units(39, 2), cpu: cpu('intel') },
    asked,
    expect: 'pass',
  },
  {
    name: 'the driver refused an address, of a guest or of the host',
    facts: { messages: messages([REFUSED]) },
    expect: ['iommu-width-exceeded'],
    severity: 'warn',
    confidence: 'possible',
  },
  {
    name: 'the driver refused an address, and QEMU gave up',
    facts: { messages: messages([REFUSED, 'qemu-system-x86_64: vfio: DMA mapping failed, unable to continue']) },
    expect: ['iommu-width-exceeded'],
    severity: 'fail',
  },
  {
    name: 'QEMU warns',
    facts: {
      messages: messages([
        'qemu-system-x86_64: warning: Host physical bits (39) does not match phys-bits property (46)',
      ]),
    },
    expect: ['guest-physical-bits-differ'],
  },
  {
    name: 'another kind of IOMMU',
    facts: { iommuUnits: known([], '/sys/class/iommu'), cpu: wide },
    asked,
    expect: 'skip',
  },
  { name: 'nothing is known', facts: { iommuUnits: unknown('denied', 'x') }, asked, expect: 'skip' },
])
