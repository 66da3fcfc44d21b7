import { check } from '../../../checks/binding/driver-name.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const AT = '0000:0a:00.0'
const attempt = (driver: string | null, patch: Partial<Attempt> = {}): Attempt => ({
  kind: 'override',
  command: `echo ${driver} > /sys/bus/pci/devices/${AT}/driver_override`,
  address: AT,
  deviceId: null,
  driver,
  error: null,
  line: 4,
  ...patch,
})
const tried = (...list: readonly Attempt[]) => ({ attempts: fact(list, 'paste') })

checkTable(check, [
  {
    name: 'driver_override with the underscore',
    facts: tried(attempt('vfio_pci')),
    expect: [`driver-named-as-module@${AT}`],
  },
  {
    name: 'as it stands in sysfs',
    facts: pciFacts([endpoint({ address: AT, driverOverride: 'vfio_pci' })]),
    expect: [`driver-named-as-module@${AT}`],
  },
  { name: 'pci_stub too', facts: tried(attempt('pci_stub')), expect: ['driver-named-as-module'] },
  {
    name: 'a directory of that name, with no device',
    facts: tried(
      attempt('vfio_pci', {
        kind: 'new-id',
        address: null,
        command: 'echo 1b36 0010 > /sys/bus/pci/drivers/vfio_pci/new_id',
      }),
    ),
    expect: ['driver-named-as-module@host'],
  },
  {
    name: 'dpdk-devbind looked for it',
    facts: { messages: messages([`Error: bind failed for ${AT} - Cannot open /sys/bus/pci/drivers/vfio_pci/bind`]) },
    expect: [`driver-named-as-module@${AT}`],
  },
  {
    name: 'the answer and the command are one finding',
    facts: {
      ...tried(attempt('vfio_pci', { kind: 'bind' })),
      messages: messages([`Error: bind failed for ${AT} - Cannot open /sys/bus/pci/drivers/vfio_pci/bind`]),
    },
    expect: ['driver-named-as-module'],
  },
  {
    name: 'modprobe takes either',
    facts: tried(attempt('vfio_pci', { kind: 'modprobe', command: 'modprobe vfio_pci' })),
    expect: 'skip',
  },
  { name: 'a driver whose own name has it', facts: tried(attempt('mlx5_vfio_pci')), expect: 'skip' },
  { name: 'the right name', facts: tried(attempt('vfio-pci')), expect: 'skip' },
  { name: 'nothing is named', facts: pciFacts([endpoint({ address: AT, driverOverride: undefined })]), expect: 'skip' },
])
