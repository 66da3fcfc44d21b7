import { check } from '../../../checks/binding/host-network.ts'
import { unknown } from '../../../src/model/fact.ts'
import { checkTable } from '../../support/check-table.ts'
import { cpu, endpoint, environment, pciFacts, type FunctionPatch } from '../../support/facts.ts'

const [A, B, USB] = ['0000:03:00.0', '0000:03:00.1', '0000:00:14.0']
const network = (inUse: string | null) => [{ kind: 'network', name: 'enp3s0', inUse, source: '/sys/class/net/enp3s0' }]
const nic = (address: string, patch: Partial<FunctionPatch> = {}) =>
  endpoint({ address, driver: 'igc', uses: network(null), ...patch })
const usb = (patch: Partial<FunctionPatch> = {}) =>
  endpoint({ address: USB, class: 0x0c0330, driver: 'xhci_hcd', ...patch })
const disk = endpoint({ address: '0000:04:00.0', class: 0x010802, driver: 'nvme', uses: undefined })
const plain = { environment: environment() }
const hidden = unknown('denied', '/sys/class/net')

checkTable(check, [
  {
    name: 'the only one, idle now, is asked for',
    facts: { ...plain, ...pciFacts([nic(A), usb(), disk]) },
    asked: [A],
    expect: ['host-only-network@0000:03:00.0'],
    severity: 'warn',
    confidence: 'certain',
  },
  {
    name: 'the only one has no driver',
    facts: { ...plain, ...pciFacts([nic(A, { driver: null, uses: [] })]) },
    asked: [A],
    expect: ['host-only-network'],
  },
  {
    name: 'both ports are to go',
    facts: { ...plain, ...pciFacts([nic(A), nic(B)]) },
    asked: [A, B],
    expect: ['host-only-network@0000:03:00.0'],
  },
  {
    name: 'the only one hangs on the USB controller that is asked for',
    facts: { ...plain, ...pciFacts([usb({ uses: network(null) })]) },
    asked: [USB],
    expect: ['host-only-network@0000:00:14.0'],
  },
  { name: 'the other port stays', facts: { ...plain, ...pciFacts([nic(A), nic(B)]) }, asked: [A], expect: 'pass' },
  {
    name: 'the other port stays and has no driver',
    facts: { ...plain, ...pciFacts([nic(A), nic(B, { driver: null, uses: [] })]) },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'a network card of USB stays',
    facts: { ...plain, ...pciFacts([nic(A), usb({ uses: network('its link is up') })]) },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'a virtual function is to go, and the host keeps the physical one',
    facts: { ...plain, ...pciFacts([nic(A), nic(B, { physicalFunction: A })]) },
    asked: [B],
    expect: 'pass',
  },
  {
    name: 'it is on vfio-pci already',
    facts: { ...plain, ...pciFacts([nic(A, { driver: 'vfio-pci', uses: [] })]) },
    asked: [A],
    expect: 'pass',
  },
  {
    name: 'the host uses it now',
    facts: { ...plain, ...pciFacts([nic(A, { uses: network('it carries the default route') })]) },
    asked: [A],
    expect: 'skip',
  },
  { name: 'nobody wants it', facts: { ...plain, ...pciFacts([nic(A)]) }, expect: 'skip' },
  { name: 'not every device is shown', facts: { ...plain, ...pciFacts([nic(A)], false) }, asked: [A], expect: 'skip' },
  {
    name: 'what stands on a USB controller could not be read',
    facts: { ...plain, ...pciFacts([nic(A), { ...usb(), uses: hidden }]) },
    asked: [A],
    expect: 'unknown',
  },
  {
    name: 'a post does not show what stands on a USB controller',
    facts: { ...plain, ...pciFacts([nic(A), { ...usb(), uses: unknown('not-in-paste', 'paste') }]) },
    asked: [A],
    expect: 'skip',
  },
  {
    name: 'whether it is in use could not be read',
    facts: { ...plain, ...pciFacts([{ ...nic(A), uses: hidden }]) },
    asked: [A],
    expect: 'unknown',
  },
  {
    name: 'the class of a device could not be read',
    facts: { ...plain, ...pciFacts([nic(A), endpoint({ address: B, class: undefined })]) },
    asked: [A],
    expect: 'unknown',
  },
  {
    name: 'an Arm board',
    facts: { ...plain, ...pciFacts([nic(A)]), cpu: cpu('arm') },
    asked: [A],
    expect: 'skip',
  },
  {
    name: 'a virtual machine',
    facts: { ...pciFacts([nic(A)]), environment: environment({ hypervisor: 'microsoft' }) },
    asked: [A],
    expect: 'skip',
  },
  { name: 'whether it is a virtual machine is unknown', facts: pciFacts([nic(A)]), asked: [A], expect: 'unknown' },
  { name: 'a list that holds nothing', facts: { ...plain, ...pciFacts([]) }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
