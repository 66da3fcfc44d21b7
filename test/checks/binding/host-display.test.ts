import { check } from '../../../checks/binding/host-display.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, pciFacts } from '../../support/facts.ts'

const gpu = (address: string, driver: string) => endpoint({ address, class: 0x030000, driver })
const [A, B] = ['0000:01:00.0', '0000:00:02.0']

checkTable(check, [
  {
    name: 'the only display is to go',
    facts: pciFacts([gpu(A, 'nouveau'), endpoint({ address: '0000:02:00.0' })]),
    asked: [A],
    expect: ['host-only-display@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'the only display is gone already',
    facts: pciFacts([gpu(A, 'vfio-pci')]),
    expect: 'pass',
  },
  {
    name: 'both displays are to go',
    facts: pciFacts([gpu(A, 'nouveau'), gpu(B, 'i915')]),
    asked: [A, B],
    expect: ['host-only-display'],
  },
  { name: 'another display stays', facts: pciFacts([gpu(A, 'vfio-pci'), gpu(B, 'i915')]), expect: 'pass' },
  { name: 'not every device is shown', facts: pciFacts([gpu(A, 'vfio-pci')], false), expect: 'skip' },
  {
    name: 'the class of a device is unknown',
    facts: pciFacts([gpu(A, 'vfio-pci'), endpoint({ address: B, class: undefined })]),
    expect: 'skip',
  },
  { name: 'no display is wanted', facts: pciFacts([gpu(A, 'nouveau')]), expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
