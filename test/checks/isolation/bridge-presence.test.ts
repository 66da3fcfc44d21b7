import { check } from '../../../checks/isolation/bridge-presence.ts'
import { known } from '../../../src/model/fact.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, commandLine, endpoint, fn, messages, pciFacts } from '../../support/facts.ts'

const port = bridge({ address: '0000:03:00.0', vendorId: '104c', deviceId: '8240', group: 28, driver: null })
const card = endpoint({
  address: '0000:04:00.0',
  vendorId: '104c',
  deviceId: 'a106',
  class: 0x040100,
  group: 28,
  driver: 'vfio-pci',
  parent: '0000:03:00.0',
})
const pci = pciFacts([port, card])
const refused = ['vfio-pci: probe of 0000:03:00.0 failed with error -22']

const guest = (address: string, allFunctions = false): GuestDefinition => ({
  name: 'studio',
  manager: 'libvirt',
  machine: 'q35',
  firmware: null,
  memoryBytes: null,
  hostDevices: [{ address, managed: true, romFile: null, allFunctions, options: {}, text: '<hostdev>' }],
  running: null,
  source: '/etc/libvirt/qemu/studio.xml',
})

checkTable(check, [
  {
    name: 'vfio-pci refused the bridge, old wording',
    facts: { ...pci, messages: messages(refused) },
    expect: ['bridge-cannot-bind@0000:03:00.0'],
    severity: 'info',
  },
  {
    name: 'vfio-pci refused the bridge, new wording',
    facts: { ...pci, messages: messages(['vfio-pci 0000:03:00.0: probe with driver vfio-pci failed with error -22']) },
    expect: ['bridge-cannot-bind@0000:03:00.0'],
  },
  {
    name: 'the id of the bridge is listed for vfio-pci',
    facts: { ...pci, commandLine: commandLine('vfio-pci.ids=104c:a106,104c:8240') },
    expect: ['bridge-cannot-bind@0000:03:00.0'],
  },
  {
    name: 'driver_override of the bridge names vfio-pci',
    facts: pciFacts([bridge({ address: '0000:03:00.0', driverOverride: 'vfio-pci' }), card]),
    expect: ['bridge-cannot-bind@0000:03:00.0'],
  },
  {
    name: 'a guest is to get the bridge',
    facts: { ...pci, guests: known([guest('0000:03:00.0')], 'libvirt') },
    expect: ['bridge-given-to-guest@0000:03:00.0'],
    severity: 'fail',
  },
  {
    name: 'a guest gets the endpoint behind it',
    facts: { ...pci, guests: known([guest('0000:04:00.0')], 'libvirt') },
    expect: 'pass',
  },
  {
    name: 'somebody asks for the bridge',
    facts: pci,
    asked: ['0000:03:00.0'],
    expect: ['bridge-not-assignable@0000:03:00.0'],
  },
  {
    name: 'an endpoint was refused, not the bridge',
    facts: { ...pci, messages: messages(['vfio-pci: probe of 0000:04:00.0 failed with error -22']) },
    expect: 'pass',
  },
  {
    name: 'a bridge on its driver that nobody touched',
    facts: {
      ...pciFacts([bridge({ address: '0000:00:01.0' }), endpoint({ address: '0000:01:00.0' })]),
      commandLine: commandLine('quiet'),
    },
    expect: 'pass',
  },
  {
    name: 'nothing tells what anybody tried',
    facts: pciFacts([bridge({ address: '0000:00:01.0' }), endpoint({ address: '0000:01:00.0' })]),
    expect: 'skip',
  },
  {
    name: 'a function of unknown kind is not taken for a bridge',
    facts: { ...pciFacts([fn({ address: '0000:03:00.0' })]), messages: messages(refused) },
    expect: 'pass',
  },
  { name: 'no device could be read', facts: { messages: messages(refused) }, expect: 'unknown' },
])
