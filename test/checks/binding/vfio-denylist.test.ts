import { check } from '../../../checks/binding/vfio-denylist.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, kernel, modules, pciFacts } from '../../support/facts.ts'

const AT = '0000:3d:00.0'
const qat = (driver: string | null | undefined, deviceId: string = '37c8') =>
  pciFacts([endpoint({ address: AT, vendorId: '8086', deviceId, class: 0x0b4000, driver })])

checkTable(check, [
  {
    name: 'a listed device on its host driver',
    facts: { ...qat('c6xx'), kernel: kernel('6.8.0') },
    asked: [AT],
    expect: ['device-denylisted@0000:3d:00.0'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'a listed device on a kernel that is not told',
    facts: qat('c6xx'),
    asked: [AT],
    expect: ['device-denylisted'],
    severity: 'warn',
    confidence: 'likely',
  },
  { name: 'before the list came', facts: { ...qat('c6xx'), kernel: kernel('5.4.0') }, asked: [AT], expect: 'pass' },
  {
    name: 'an accelerator before it was listed',
    facts: { ...qat('idxd', '0b25'), kernel: kernel('6.5.0') },
    asked: [AT],
    expect: 'pass',
  },
  {
    name: 'the list is switched off',
    facts: {
      ...qat('c6xx'),
      kernel: kernel('6.8.0'),
      modules: modules({ parameters: { vfio_pci: { disable_denylist: 'Y' } } }),
    },
    asked: [AT],
    expect: 'pass',
  },
  { name: 'it is on vfio-pci', facts: { ...qat('vfio-pci'), kernel: kernel('6.8.0') }, expect: 'pass' },
  { name: 'its driver is unknown', facts: { ...qat(undefined), kernel: kernel('6.8.0') }, asked: [AT], expect: 'pass' },
  { name: 'nobody wants it', facts: { ...qat('c6xx'), kernel: kernel('6.8.0') }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
