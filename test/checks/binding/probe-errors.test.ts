import { check } from '../../../checks/binding/probe-errors.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, messages, pciFacts } from '../../support/facts.ts'

const einval = ['vfio-pci: probe of 0000:03:00.0 failed with error -22']
const busy = ['vfio-pci 0000:03:00.0: probe with driver vfio-pci failed with error -16']
const at = (patch: object) => pciFacts([endpoint({ address: '0000:03:00.0', driver: null, group: 1, ...patch })])

checkTable(check, [
  {
    name: '-22 of a bridge',
    facts: { ...pciFacts([bridge({ address: '0000:03:00.0' })]), messages: messages(einval) },
    expect: ['probe-einval-bridge@0000:03:00.0'],
    severity: 'info',
  },
  {
    name: '-22 without a group',
    facts: { ...at({ group: null }), messages: messages(einval) },
    expect: ['probe-einval-no-group@0000:03:00.0'],
  },
  {
    name: '-22 of a device on the denylist',
    facts: {
      ...at({}),
      messages: messages([
        'vfio-pci 0000:03:00.0: 8086:37c8 exists in vfio-pci device denylist, driver probing disallowed.',
        ...einval,
      ]),
    },
    expect: ['probe-denylisted'],
  },
  {
    name: '-22 of a device that is not shown',
    facts: { messages: messages(einval) },
    expect: ['probe-einval@0000:03:00.0'],
    confidence: 'possible',
  },
  {
    name: '-22 of a device that is not there any more',
    facts: { ...pciFacts([endpoint({ address: '0000:01:00.0' })]), messages: messages(einval) },
    expect: ['probe-einval@0000:03:00.0'],
    severity: 'info',
  },
  { name: '-22 that nothing explains', facts: { ...at({}), messages: messages(einval) }, expect: ['probe-einval'] },
  {
    name: '-22 of a device that is on vfio-pci by now',
    facts: { ...at({ driver: 'vfio-pci' }), messages: messages(einval) },
    expect: ['probe-failed-once'],
    severity: 'info',
  },
  {
    name: '-16 with virtual functions on',
    facts: { ...at({ sriovNumVfs: 4 }), messages: messages(busy) },
    expect: ['probe-ebusy-sriov'],
  },
  {
    name: '-16 with the line that says so',
    facts: { ...at({}), messages: messages(['vfio-pci 0000:03:00.0: Cannot bind to PF with SR-IOV enabled', ...busy]) },
    expect: ['probe-ebusy-sriov'],
  },
  {
    name: 'another error',
    facts: { ...at({}), messages: messages(['vfio-pci: probe of 0000:03:00.0 failed with error -12']) },
    expect: ['probe-failed'],
  },
  {
    name: 'a host driver refused a device: none of our business',
    facts: { messages: messages(['nvme: probe of 0000:03:00.0 failed with error -22']) },
    expect: 'pass',
  },
  { name: 'nothing was refused', facts: { messages: messages(['Linux version 6.1.0']) }, expect: 'pass' },
  {
    name: 'the log does not reach back',
    facts: { messages: messages(['usb 1-1: new device'], false) },
    expect: 'unknown',
  },
  { name: 'no log', facts: {}, expect: 'unknown' },
])
