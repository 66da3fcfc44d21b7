import { check } from '../../../checks/guest/device-in-guest.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, pciFacts } from '../../support/facts.ts'

const ADDRESS = '0000:01:00.0'
const idle = { address: ADDRESS, driver: 'vfio-pci', enabled: false, msiIrqs: 0 }
const open = { ...idle, enabled: true, powerState: 'D0', runtimeStatus: 'active' }
const guest = (running: boolean, address = ADDRESS): GuestDefinition => ({
  name: 'desk',
  manager: 'libvirt',
  machine: null,
  firmware: null,
  memoryBytes: null,
  hostDevices: [{ address, managed: true, romFile: null, allFunctions: false, options: {}, text: address }],
  running,
  source: '/etc/libvirt/qemu/desk.xml',
})

checkTable(check, [
  { name: 'on vfio-pci, and nobody has it', facts: pciFacts([endpoint(idle)]), expect: 'pass' },
  {
    name: 'on vfio-pci, and nothing tells whether it is open',
    facts: pciFacts([endpoint({ address: ADDRESS, driver: 'vfio-pci' })]),
    expect: 'skip',
  },
  {
    name: 'enabled and awake',
    facts: pciFacts([endpoint(open)]),
    expect: ['device-in-guest@0000:01:00.0'],
    severity: 'info',
    confidence: 'likely',
  },
  {
    name: 'message interrupts are set up',
    facts: pciFacts([endpoint({ ...open, msiIrqs: 4 })]),
    expect: ['device-in-guest@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'a driver before left it enabled, and it sleeps',
    facts: pciFacts([endpoint({ ...open, powerState: 'D3hot', runtimeStatus: 'suspended' })]),
    expect: 'pass',
  },
  {
    name: 'the guest that is given it runs',
    facts: { ...pciFacts([endpoint(idle)]), guests: fact([guest(true)]) },
    expect: ['device-in-guest@0000:01:00.0'],
    confidence: 'certain',
  },
  {
    name: 'the guest that is given it is stopped',
    facts: { ...pciFacts([endpoint(idle)]), guests: fact([guest(false)]) },
    expect: 'pass',
  },
  {
    name: 'another guest runs',
    facts: { ...pciFacts([endpoint(idle)]), guests: fact([guest(true, '0000:02:00.0')]) },
    expect: 'pass',
  },
  {
    name: 'enabled by its host driver',
    facts: pciFacts([endpoint({ ...open, driver: 'e1000e', msiIrqs: 3 })]),
    asked: [ADDRESS],
    expect: 'skip',
  },
  { name: 'the devices could not be read', facts: {}, expect: 'unknown' },
])
