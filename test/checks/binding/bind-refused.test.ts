import { check } from '../../../checks/binding/bind-refused.ts'
import type { Attempt } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const AT = '0000:0a:00.0'
const attempt = (patch: Partial<Attempt> = {}): Attempt => ({
  kind: 'bind',
  command: `echo ${AT} > /sys/bus/pci/drivers/vfio-pci/bind`,
  address: AT,
  deviceId: null,
  driver: 'vfio-pci',
  error: 'Invalid argument',
  line: 4,
  ...patch,
})
const tried = (patch: Partial<Attempt> = {}) => ({ attempts: fact([attempt(patch)], 'paste') })
const DPDK = `Error: bind failed for ${AT} - Cannot bind to driver vfio-pci`
const unknownGroup = { address: AT, driver: null, group: undefined }

checkTable(check, [
  { name: 'the driver itself said no', facts: tried(), expect: ['bind-refused@0000:0a:00.0'], confidence: 'possible' },
  {
    name: 'the answer without the device',
    facts: tried({ command: 'tee: /sys/bus/pci/drivers/vfio-pci/bind', address: null }),
    expect: ['bind-refused-unnamed@host'],
    confidence: 'possible',
  },
  {
    name: 'the answer without the device, and the kernel log names it',
    facts: {
      ...tried({ address: null }),
      messages: messages([`vfio-pci: probe of ${AT} failed with error -22`]),
    },
    expect: 'skip',
  },
  {
    name: 'of a device whose group is shown',
    facts: { ...tried(), ...pciFacts([endpoint({ address: AT, driver: null, group: 3 })]) },
    expect: [`bind-refused@${AT}`],
  },
  {
    name: 'dpdk-devbind, with the reason',
    facts: { messages: messages([`${DPDK}: [Errno 22] Invalid argument`]) },
    expect: [`bind-refused@${AT}`],
  },
  {
    name: 'an older dpdk-devbind, which gives none',
    facts: { messages: messages([DPDK]) },
    expect: [`bind-refused@${AT}`],
  },
  {
    name: 'the script of SPDK',
    facts: { messages: messages([`${AT} (144d a808): failed to bind to vfio-pci, aborting`]) },
    expect: [`bind-refused@${AT}`],
  },
  {
    name: 'SPDK with a driver that is not of VFIO',
    facts: { messages: messages([`${AT} (144d a808): failed to bind to uio_pci_generic, aborting`]) },
    expect: 'skip',
  },
  {
    name: 'another driver had it still',
    facts: { messages: messages([`${DPDK}: [Errno 16] Device or resource busy`]) },
    expect: 'skip',
  },
  {
    name: 'the kernel log tells it',
    facts: { ...tried(), messages: messages([`vfio-pci: probe of ${AT} failed with error -22`]) },
    expect: 'skip',
  },
  {
    name: 'it is read that no device has a group',
    facts: { ...tried(), ...pciFacts([endpoint({ address: AT, driver: null, group: null })]) },
    expect: 'skip',
  },
  {
    name: 'a bridge',
    facts: { ...tried(), ...pciFacts([bridge({ address: AT, driver: null, group: 3 })]) },
    expect: 'skip',
  },
  {
    name: 'it is bound by now',
    facts: { ...tried(), ...pciFacts([endpoint({ address: AT, driver: 'vfio-pci', group: 3 })]) },
    expect: 'skip',
  },
  { name: 'vfio-pci did not match', facts: tried({ error: 'No such device' }), expect: 'skip' },
  { name: 'a host driver refused', facts: tried({ driver: 'nouveau' }), expect: 'skip' },
  { name: 'nothing was tried', facts: { ...pciFacts([endpoint(unknownGroup)]) }, expect: 'skip' },
])
