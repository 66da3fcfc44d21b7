import { check } from '../../../checks/binding/kept-overrides.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, pciFacts } from '../../support/facts.ts'

const kept = (address: string, driver = 'vfio-pci') =>
  fact([{ path: `/etc/driverctl.d/pci-${address}`, address, driver }], '/etc/driverctl.d')
const card = endpoint({ address: '0000:03:00.0' })
const network = [{ kind: 'network', name: 'eth0', inUse: 'it carries the default route', source: '/proc/net/route' }]
const nic = endpoint({ address: '0000:03:00.0', driver: 'igc', uses: network })
const bridge = endpoint({ address: '0000:02:00.0', headerType: 1, class: 0x060400 })

checkTable(check, [
  {
    name: 'no device at the address',
    facts: { keptOverrides: kept('0000:04:00.0'), ...pciFacts([card]) },
    expect: ['kept-override-absent-device@host'],
  },
  {
    name: 'perhaps a virtual function that is made later',
    facts: {
      keptOverrides: kept('0000:03:10.0'),
      ...pciFacts([endpoint({ address: '0000:03:00.0', sriovTotalVfs: 8 })]),
    },
    expect: 'pass',
  },
  {
    name: 'a list of devices that is not whole',
    facts: { keptOverrides: kept('0000:04:00.0'), ...pciFacts([card], false) },
    expect: 'pass',
  },
  {
    name: 'a bridge',
    facts: { keptOverrides: kept('0000:02:00.0'), ...pciFacts([bridge, card]) },
    expect: ['kept-override-bridge@0000:02:00.0'],
  },
  {
    name: 'a bridge kept for a driver that is no VFIO driver',
    facts: { keptOverrides: kept('0000:02:00.0', 'shpchp'), ...pciFacts([bridge, card]) },
    expect: 'pass',
  },
  {
    name: 'a function whose header could not be read',
    facts: {
      keptOverrides: kept('0000:03:00.0'),
      ...pciFacts([endpoint({ address: '0000:03:00.0', headerType: undefined, class: undefined })]),
    },
    expect: 'pass',
  },
  {
    name: 'a network card of the host moved to the address',
    facts: { keptOverrides: kept('0000:03:00.0'), ...pciFacts([nic]) },
    expect: ['kept-override-takes-host-device@0000:03:00.0'],
    severity: 'warn',
  },
  {
    name: 'a network card that somebody asks for',
    facts: { keptOverrides: kept('0000:03:00.0'), ...pciFacts([nic]) },
    asked: ['0000:03:00.0'],
    expect: 'pass',
  },
  {
    name: 'what of the host stands on the card could not be read',
    facts: {
      keptOverrides: kept('0000:03:00.0'),
      ...pciFacts([endpoint({ address: '0000:03:00.0', driver: 'igc', uses: undefined })]),
    },
    expect: 'unknown',
  },
  { name: 'an endpoint', facts: { keptOverrides: kept('0000:03:00.0'), ...pciFacts([card]) }, expect: 'pass' },
  { name: 'nothing kept', facts: { keptOverrides: fact([]), ...pciFacts([card]) }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
