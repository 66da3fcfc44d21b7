import { check } from '../../../checks/binding/shown-device.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, environment, pciFacts } from '../../support/facts.ts'

const card = endpoint({ address: '0000:0a:00.0', driver: 'nouveau' })
const sound = endpoint({ address: '0000:0a:00.1', driver: 'snd_hda_intel' })
const other = endpoint({ address: '0000:0b:00.0', driver: 'igb' })
const port = bridge({ address: '0000:00:01.0', driver: 'pcieport' })

checkTable(check, [
  {
    name: 'a post of one card on its host drivers',
    facts: pciFacts([card, sound], false),
    expect: ['shown-device-on-host-driver@0000:0a:00.0'],
    severity: 'info',
    confidence: 'possible',
  },
  { name: 'with the port above it', facts: pciFacts([port, card], false), expect: ['shown-device-on-host-driver'] },
  {
    name: 'one function of it is free already',
    facts: pciFacts([endpoint({ address: '0000:0a:00.0', driver: null }), sound], false),
    expect: ['shown-device-on-host-driver@0000:0a:00.1'],
  },
  { name: 'several devices: which one is meant is not known', facts: pciFacts([card, other], false), expect: 'skip' },
  { name: 'the whole host is shown', facts: pciFacts([card]), expect: 'skip' },
  { name: 'somebody named it', facts: pciFacts([card], false), asked: ['0000:0a:00.0'], expect: 'skip' },
  {
    name: 'on vfio-pci',
    facts: pciFacts([endpoint({ address: '0000:0a:00.0', driver: 'vfio-pci' })], false),
    expect: 'skip',
  },
  {
    name: 'inside a guest',
    facts: { ...pciFacts([card], false), environment: environment({ hypervisor: 'KVM' }) },
    expect: 'skip',
  },
  {
    name: 'its driver is not shown',
    facts: pciFacts([endpoint({ address: '0000:0a:00.0', driver: undefined })], false),
    expect: 'skip',
  },
  { name: 'bridges alone', facts: pciFacts([port], false), expect: 'skip' },
  { name: 'no devices are shown', facts: {}, expect: 'unknown' },
])
