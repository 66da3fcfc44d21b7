import { check } from '../../../checks/binding/binding-log.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const GPU = '0000:01:00.0'
const log = (text: string) =>
  fact({ lines: [{ text, time: 100, wall: null, level: null, line: 7 }], fromBoot: true }, 'dmesg')
const quiet = messages([])

checkTable(check, [
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
