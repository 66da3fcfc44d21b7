import { check } from '../../../checks/host/memlock.ts'
import { unknown } from '../../../src/model/fact.ts'
import type { GuestDefinition } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, messages, pciFacts } from '../../support/facts.ts'

const byHand: GuestDefinition = {
  name: 'qemu',
  manager: 'qemu',
  machine: 'q35',
  firmware: 'uefi',
  memoryBytes: 8 * 1024 ** 3,
  hostDevices: [
    { address: '0000:01:00.0', managed: null, romFile: null, allFunctions: false, options: {}, text: 'vfio-pci' },
  ],
  running: null,
  source: 'start.sh',
}
const user = fact({ uid: 1000, user: 'ann', groups: [] })
const limit = (bytes: number | null) => fact({ memlockSoft: bytes, memlockHard: bytes }, '/proc/self/limits')

const open = unknown('not-collected', 'test')
const given = fact({
  kvm: open,
  vfio: open,
  iommufd: open,
  groups: fact([{ path: '/dev/vfio/12', mode: 0o600, uid: 1000, gid: 1000, accessible: true }]),
})

checkTable(check, [
  {
    name: 'the kernel met the limit',
    facts: { messages: messages(['vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded']) },
    expect: ['memlock-exceeded@host'],
    severity: 'fail',
    confidence: 'certain',
  },
  {
    name: 'the kernel met the limit, and a guest has a device now',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', msiIrqs: 4 })]),
      messages: messages(['vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded']),
    },
    expect: ['memlock-exceeded@host'],
    severity: 'warn',
  },
  {
    name: 'the kernel met the limit, and no guest has a device',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', msiIrqs: 0 })]),
      messages: messages(['vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded']),
    },
    expect: ['memlock-exceeded@host'],
    severity: 'fail',
  },
  {
    name: 'libvirt may not raise the limit',
    facts: {
      messages: messages(['error: cannot limit locked memory of process 4242 to 17716740096: Operation not permitted']),
    },
    expect: ['memlock-raise-refused@host'],
  },
  {
    name: 'nor the process that becomes QEMU',
    facts: {
      messages: messages([
        'libvirtError: internal error: Process exited prior to exec: libvirt: error : cannot limit locked memory to 9663676416: Operation not permitted',
      ]),
    },
    expect: ['memlock-raise-refused@host'],
  },
  {
    name: 'a QEMU by hand under a low limit',
    facts: { limits: limit(8 * 1024 ** 2), guests: fact([byHand]), identity: user },
    expect: ['memlock-below-guest@host'],
    severity: 'warn',
  },
  {
    name: 'a guest of libvirt under the same limit',
    facts: {
      limits: limit(8 * 1024 ** 2),
      guests: fact([{ ...byHand, manager: 'libvirt' as const }]),
      identity: user,
      messages: messages(['vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)']),
    },
    expect: 'pass',
  },
  {
    name: 'a user who was given a group node, and may lock next to nothing',
    facts: { limits: limit(64 * 1024), identity: user, nodes: given },
    expect: ['memlock-low@host'],
    severity: 'warn',
  },
  { name: 'the same with room', facts: { limits: limit(8 * 1024 ** 3), identity: user, nodes: given }, expect: 'skip' },
  { name: 'no limit', facts: { limits: limit(null) }, expect: 'pass' },
  { name: 'a log that was cut', facts: { messages: messages([], false) }, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
