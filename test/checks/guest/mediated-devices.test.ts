import { check } from '../../../checks/guest/mediated-devices.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, kernel, messages, pciFacts } from '../../support/facts.ts'

const part = '0d8f7a5e-1b5c-4b0e-9c47-6a2d1f3e8b90'
const path = `/sys/bus/mdev/devices/${part}`
const ungrouped = messages([`error: internal error: failed to access '${path}/iommu_group': No such file or directory`])

checkTable(check, [
  {
    name: 'a part of a device that has none',
    facts: { messages: messages(["pci device '0000:01:00.0' does not support mediated devices"]) },
    expect: ['guest-mdev-unavailable@0000:01:00.0'],
  },
  {
    name: 'GVT-g on graphics that it does not know',
    facts: { messages: messages(['i915 0000:00:02.0: [drm] Unsupported device. GVT-g is disabled']) },
    expect: ['gvt-not-for-this-graphics@0000:00:02.0'],
    severity: 'warn',
  },
  {
    name: 'a part of a device that vfio-pci has',
    facts: {
      messages: messages(["pci device '0000:01:00.0' does not support mediated devices"]),
      ...pciFacts([endpoint({ address: '0000:01:00.0', driver: 'vfio-pci' })]),
    },
    expect: ['guest-mdev-unavailable@0000:01:00.0'],
  },
  {
    name: 'a part that was not made again after the restart',
    facts: { messages: messages([`error: device not found: mediated device '${part}' not found`]) },
    expect: ['guest-mdev-not-made@host'],
  },
  {
    name: 'a part that VFIO has not taken',
    facts: { messages: ungrouped },
    expect: ['guest-mdev-without-group@host'],
    severity: 'fail',
  },
  {
    name: 'the same where no module would help',
    facts: { messages: ungrouped, kernel: kernel('6.8.0-45-generic') },
    expect: ['guest-mdev-without-group@host'],
  },
  {
    name: 'the driver of the vendor refuses',
    facts: {
      messages: messages([
        `qemu-system-x86_64: -device vfio-pci,sysfsdev=${path}: vfio ${part}: error getting device from group 7: Input/output error`,
      ]),
    },
    expect: ['guest-mdev-refused@host'],
  },
  {
    name: 'a whole device is no part',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 7: Input/output error',
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'the vendor driver does not let the part be read',
    facts: {
      messages: messages([
        'kvm: -device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:21:00.0/4b20d080-1b54-4048-85b3-a6a62d165c01: vfio 4b20d080-1b54-4048-85b3-a6a62d165c01: failed to read device config space: Bad address',
      ]),
    },
    expect: ['guest-mdev-refused'],
    severity: 'fail',
  },
  {
    name: 'QEMU does not see the node of the part',
    facts: {
      messages: messages([
        "qemu-system-x86_64: -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01: vfio 4b20d080-1b54-4048-85b3-a6a62d165c01: Could not open '/dev/vfio/5': No such file or directory",
      ]),
    },
    expect: ['guest-mdev-node-unseen'],
    severity: 'warn',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
