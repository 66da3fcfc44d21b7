import { check } from '../../../checks/binding/host-display.ts'
import { checkTable } from '../../support/check-table.ts'
import { commandLine, cpu, endpoint, environment, fact, pciFacts } from '../../support/facts.ts'

const gpu = (address: string, driver: string) => endpoint({ address, class: 0x030000, driver })
const [A, B] = ['0000:01:00.0', '0000:00:02.0']

const twins = (complete: boolean) => pciFacts([gpu(A, 'vfio-pci'), gpu('0000:02:00.0', 'vfio-pci')], complete)
const listed = commandLine('vfio-pci.ids=8086:10d3')
const owner = fact([
  {
    name: 'win',
    manager: 'libvirt' as const,
    machine: null,
    firmware: null,
    memoryBytes: null,
    hostDevices: [{ address: A, managed: null, romFile: null, allFunctions: false, options: {}, text: A }],
    running: null,
    source: 'win.xml',
  },
])

const twin = (address: string, driver: string, inUse: string | null) =>
  endpoint({
    address,
    class: 0x030000,
    driver,
    bootVga: inUse !== null,
    uses: [{ kind: 'display', name: 'card0', inUse, source: '/sys/class/drm' }],
  })
/** Two cards of one id, of which the host shows its picture on the first. */
const withOwn = (complete = true) =>
  pciFacts([twin(A, 'nouveau', 'primary display'), twin('0000:02:00.0', 'nouveau', null)], complete)
const idle = pciFacts([twin(A, 'nouveau', null), twin('0000:02:00.0', 'nouveau', null)])

const tesla = endpoint({ address: '0000:03:00.0', class: 0x030200, driver: 'nvidia' })

checkTable(check, [
  {
    name: 'a card for computing, which has no output',
    facts: pciFacts([tesla]),
    asked: ['0000:03:00.0'],
    expect: 'skip',
  },
  {
    name: 'a card for computing beside the only one with a picture',
    facts: pciFacts([tesla, gpu(A, 'nvidia')]),
    asked: [A],
    expect: ['host-only-display@0000:01:00.0'],
  },
  {
    name: 'an Arm board, whose display is none of PCI',
    facts: { ...pciFacts([gpu(A, 'nouveau')]), cpu: cpu('arm') },
    asked: [A],
    expect: 'skip',
  },
  {
    name: 'the ids took both cards of a post',
    facts: { ...twins(false), commandLine: listed },
    expect: ['ids-took-every-display@0000:01:00.0'],
    severity: 'warn',
    confidence: 'possible',
  },
  {
    name: 'the ids took both cards of a host that runs',
    facts: { ...twins(true), commandLine: listed },
    expect: ['ids-took-every-display'],
    severity: 'info',
  },
  { name: 'a guest has one of them', facts: { ...twins(true), commandLine: listed, guests: owner }, expect: 'pass' },
  { name: 'no id names them', facts: { ...twins(true), commandLine: commandLine('quiet') }, expect: 'pass' },
  {
    name: 'the host has a third',
    facts: {
      ...pciFacts([gpu(A, 'vfio-pci'), gpu('0000:02:00.0', 'vfio-pci'), gpu(B, 'i915')]),
      commandLine: listed,
    },
    expect: 'pass',
  },
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
  {
    name: 'an id names the card of the host and its twin',
    facts: { ...withOwn(), commandLine: listed },
    expect: 'pass',
  },
  {
    name: 'the card of the host itself is asked about, and its twin is listed',
    facts: { ...withOwn(), commandLine: listed },
    asked: [A],
    expect: ['host-only-display@0000:01:00.0'],
  },
  {
    name: 'a guest has the card of the host, and its twin is listed',
    facts: { ...withOwn(), commandLine: listed, guests: owner },
    expect: ['host-only-display@0000:01:00.0'],
  },
  {
    name: 'an id names two cards, and the host uses neither',
    facts: { ...idle, commandLine: listed },
    expect: ['host-only-display@0000:01:00.0'],
  },
  {
    name: 'an id names the card of the host and its twin in a post',
    facts: { ...withOwn(false), commandLine: listed },
    expect: 'skip',
  },
  {
    name: 'the control domain of Xen, where vfio-pci drives nothing',
    facts: { ...idle, commandLine: listed, environment: environment({ xenDom0: true }) },
    expect: 'skip',
  },
  { name: 'no display is wanted', facts: pciFacts([gpu(A, 'nouveau')]), expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
