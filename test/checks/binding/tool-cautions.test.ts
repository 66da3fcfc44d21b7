import { check } from '../../../checks/binding/tool-cautions.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, messages, pciFacts } from '../../support/facts.ts'

const AT = '0000:0a:00.0'
const ROUTE = `Warning: routing table indicates that interface ${AT} is active.`
const DISK = `${AT} (1c5c 174a): Active devices: holder@nvme2n1:dm-3, so not binding PCI dev`
const PORT = `Wrong driver devices: [('${AT}', 'pcieport')]`

checkTable(check, [
  {
    name: 'a port with a route, which was to be bound',
    facts: { messages: messages([`${ROUTE} Not modifying`]) },
    expect: ['device-left-to-host@0000:0a:00.0'],
    severity: 'warn',
  },
  {
    name: 'a port with a route, which was to be unbound',
    facts: { messages: messages([`${ROUTE} Skipping unbind`]) },
    expect: ['device-left-to-host@0000:0a:00.0'],
  },
  {
    name: 'a disk in use',
    facts: { messages: messages([DISK]), ...pciFacts([endpoint({ address: AT, driver: 'nvme' })]) },
    expect: ['device-left-to-host@0000:0a:00.0'],
  },
  {
    name: 'a disk in use, of the words of 2020',
    facts: {
      messages: messages([`${AT} (1c5c 174a): Active mountpoints on nvme2n1:nvme2n1p1, so not binding PCI dev`]),
    },
    expect: ['device-left-to-host@0000:0a:00.0'],
  },
  {
    name: 'a disk that vfio-pci has by now',
    facts: { messages: messages([DISK]), ...pciFacts([endpoint({ address: AT, driver: 'vfio-pci' })]) },
    expect: 'skip',
  },
  {
    name: 'a port in the way of a tool',
    facts: { messages: messages([PORT]) },
    expect: ['bridge-demanded@0000:0a:00.0'],
    severity: 'info',
  },
  {
    name: 'a port in the way of a tool, in a listing too',
    facts: { messages: messages([PORT]), ...pciFacts([bridge({ address: AT, driver: 'pcieport' })]) },
    expect: ['bridge-demanded@0000:0a:00.0'],
  },
  {
    name: 'what the listing shows to be no port',
    facts: { messages: messages([PORT]), ...pciFacts([endpoint({ address: AT, driver: 'pcieport' })]) },
    expect: 'skip',
  },
  {
    name: 'an endpoint beside the port, which is an obstacle',
    facts: { messages: messages([`Wrong driver devices: [('${AT}', 'pcieport'), ('0000:0b:00.0', 'igc')]`]) },
    expect: 'skip',
  },
  { name: 'a log without any of them', facts: { messages: messages([]) }, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
