import { check } from '../../../checks/binding/written-addresses.ts'
import { known } from '../../../src/model/fact.ts'
import type { WrittenAddress } from '../../../src/model/modules.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, modules, pciFacts } from '../../support/facts.ts'

const written = (path: string, more: Partial<WrittenAddress>) =>
  fact([{ path, line: 3, text: `names 0000:03:00.0`, address: '0000:03:00.0', sure: true, ...more }], path)
const install = (more: Partial<WrittenAddress> = {}) => ({
  installAddresses: written('/usr/local/bin/vfio.sh', more),
  udevRules: fact<readonly WrittenAddress[]>([]),
})
const udev = (more: Partial<WrittenAddress> = {}) => ({
  installAddresses: fact<readonly WrittenAddress[]>([]),
  udevRules: written('/etc/udev/rules.d/10-vfio.rules', more),
})
const none = pciFacts([endpoint({ address: '0000:04:00.0' })])
const card = pciFacts([endpoint({ address: '0000:03:00.0', uses: [] })])
const disk = (more: object = {}) =>
  pciFacts([
    endpoint({
      address: '0000:03:00.0',
      class: 0x010802,
      vendorId: '144d',
      deviceId: 'a808',
      driver: 'nvme',
      uses: [{ kind: 'disk', name: 'nvme0n1p2', inUse: 'it holds /', source: '/sys/class/block/nvme0n1p2' }],
      ...more,
    }),
  ])

checkTable(check, [
  ...(
    [
      ['install', install, 'install-names-absent-device', 'install-names-host-device'],
      ['udev', udev, 'udev-names-absent-device', 'udev-names-host-device'],
    ] as const
  ).flatMap(([by, names, absent, host]) => [
    {
      name: `${by}: an address where nothing is`,
      facts: { ...names(), ...none },
      expect: [`${absent}@host`],
      severity: 'warn' as const,
    },
    {
      name: `${by}: an address where the disk of the host is now`,
      facts: { ...names(), ...disk() },
      expect: [`${host}@0000:03:00.0`],
      severity: 'warn' as const,
    },
    { name: `${by}: an address where a device is`, facts: { ...names(), ...card }, expect: 'pass' as const },
    {
      name: `${by}: a disk that nothing uses`,
      facts: { ...names(), ...disk({ uses: [] }) },
      expect: 'pass' as const,
    },
    {
      name: `${by}: a disk that is on vfio-pci already`,
      facts: { ...names(), ...disk({ driver: 'vfio-pci' }) },
      expect: 'pass' as const,
    },
    {
      name: `${by}: a disk that somebody asks for`,
      facts: { ...names(), ...disk() },
      asked: ['0000:03:00.0'],
      expect: 'pass' as const,
    },
    {
      name: `${by}: a virtual function that is made later`,
      facts: {
        ...names({ address: '0000:03:10.0' }),
        ...pciFacts([endpoint({ address: '0000:03:00.0', sriovTotalVfs: 8 })]),
      },
      expect: 'pass' as const,
    },
    {
      name: `${by}: what of the host stands on the device could not be read`,
      facts: { ...names(), ...disk({ uses: undefined }) },
      expect: 'unknown' as const,
    },
    {
      name: `${by}: a list of devices that is not whole`,
      facts: { ...names(), ...pciFacts([endpoint({ address: '0000:04:00.0' })], false) },
      expect: 'unknown' as const,
    },
    {
      name: `${by}: nothing is there, and a condition decides`,
      facts: { ...names({ sure: false }), ...none },
      expect: 'unknown' as const,
    },
    {
      name: `${by}: the disk is there, and a condition decides`,
      facts: { ...names({ sure: false }), ...disk() },
      expect: 'unknown' as const,
    },
    {
      name: `${by}: a device is there, and a condition decides`,
      facts: { ...names({ sure: false }), ...card },
      expect: 'pass' as const,
    },
  ]),
  {
    name: 'a rule for another vendor than that of the disk',
    facts: { ...udev({ vendor: '10de' }), ...disk() },
    expect: 'pass',
  },
  {
    name: 'a rule for the very disk',
    facts: { ...udev({ vendor: '144d', device: 'a808' }), ...disk() },
    expect: ['udev-names-host-device@0000:03:00.0'],
  },
  {
    name: 'a rule for a device, and the ids of the disk are not known',
    facts: { ...udev({ device: 'a808' }), ...disk({ deviceId: undefined }) },
    expect: 'unknown',
  },
  {
    name: 'vfio-pci is built in, so no install line is read',
    facts: { ...install(), ...none, modules: modules({ builtin: ['vfio_pci'] }) },
    expect: 'skip',
  },
  {
    name: 'vfio-pci is built in, and udev has a rule',
    facts: { ...udev(), ...none, modules: modules({ builtin: ['vfio_pci'] }) },
    expect: ['udev-names-absent-device@host'],
  },
  {
    name: 'the script could not be read',
    facts: {
      ...card,
      installAddresses: { state: 'unknown', reason: 'denied', source: '/root/vfio.sh' },
      udevRules: known([], '/etc/udev/rules.d'),
    },
    expect: 'unknown',
  },
  { name: 'the rules of udev are not known', facts: { ...card, installAddresses: known([], '/x') }, expect: 'unknown' },
  { name: 'nothing names an address', facts: { ...install(), ...card, installAddresses: fact([]) }, expect: 'skip' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
