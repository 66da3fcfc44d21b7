import { check } from '../../../checks/binding/binding-log.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const GPU = '0000:01:00.0'
const log = (text: string) =>
  fact({ lines: [{ text, time: 100, wall: null, level: null, line: 7 }], fromBoot: true }, 'dmesg')
const quiet = messages([])

const said = (driver: string, time: number | null, wall: string | null, line: number) => ({
  text: `${driver} ${GPU}: vgaarb: deactivate vga console`,
  time,
  wall,
  level: null,
  line,
})
const start = (...lines: ReturnType<typeof said>[]) => fact({ lines, fromBoot: false }, 'dmesg')

checkTable(check, [
  {
    name: 'a graphics driver, and vfio-pci after it',
    facts: { messages: quiet, kernelLog: start(said('amdgpu', 3.1, null, 1), said('vfio-pci', 7.4, null, 2)) },
    expect: ['graphics-driver-first@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'the same by the clock',
    facts: {
      messages: quiet,
      kernelLog: start(said('nouveau', null, 'Oct 05 11:20:01', 1), said('vfio-pci', null, 'Oct 05 11:20:07', 2)),
    },
    expect: ['graphics-driver-first'],
  },
  ...[
    { name: 'vfio-pci was first', kernelLog: start(said('vfio-pci', 3.1, null, 1), said('amdgpu', 700, null, 2)) },
    { name: 'a guest that started', kernelLog: start(said('amdgpu', 3.1, null, 1), said('vfio-pci', 900, null, 2)) },
    {
      name: 'an hour later',
      kernelLog: start(said('amdgpu', null, 'Oct 05 11:20:01', 1), said('vfio-pci', null, 'Oct 05 12:20:01', 2)),
    },
  ].map(({ name, kernelLog }) => ({ name, facts: { messages: quiet, kernelLog }, expect: 'pass' as const })),
  {
    name: 'nvidia cannot let go',
    facts: {
      messages: quiet,
      kernelLog: log(`NVRM: Attempting to remove device ${GPU} with non-zero usage count!`),
    },
    expect: ['nvidia-held-open@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'an older nvidia names no device',
    facts: { messages: quiet, kernelLog: log('NVRM: Attempting to remove minor device 1 with non-zero usage count!') },
    expect: ['nvidia-held-open@host'],
  },
  {
    name: 'nvidia let go since',
    facts: {
      messages: quiet,
      kernelLog: log(`NVRM: Attempting to remove device ${GPU} with non-zero usage count!`),
      ...pciFacts([endpoint({ address: GPU, driver: 'vfio-pci' })]),
    },
    expect: ['nvidia-held-open'],
    severity: 'info',
  },
  {
    name: 'resources left behind',
    facts: { messages: messages([`vfio-pci ${GPU}: Resources present before probing`]) },
    expect: ['device-resources-left@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'resources left behind for a device that stays',
    facts: {
      messages: messages(['e1000e 0000:02:00.0: Resources present before probing']),
      ...pciFacts([endpoint({ address: '0000:02:00.0' })]),
    },
    expect: ['device-resources-left@0000:02:00.0'],
    severity: 'info',
  },
  {
    name: 'a device that waits',
    facts: { messages: messages([`pci ${GPU}: deferred probe pending: (reason unknown)`]) },
    expect: ['device-waits-for-another@0000:01:00.0'],
  },
  {
    name: 'a part of a board that waits',
    facts: { messages: messages(['platform fe2b0000.mmc: deferred probe pending: (reason unknown)']) },
    expect: 'pass',
  },
  {
    name: 'an old kernel stopped itself',
    facts: { messages: messages(['kernel BUG at drivers/vfio/vfio.c:755!']) },
    expect: ['group-taken-kernel-stopped@host'],
  },
  {
    name: 'registered twice',
    facts: { messages: messages([`vfio-pci ${GPU}: Device already exists on group 1`]) },
    expect: ['device-registered-twice'],
  },
  {
    name: 'a whole log without a complaint',
    facts: { messages: quiet, kernelLog: log('random: crng init done') },
    expect: 'pass',
  },
  { name: 'a log that does not reach back', facts: { messages: messages([], false) }, expect: 'unknown' },
  { name: 'nothing is known', facts: {}, expect: 'unknown' },
])
