import { check } from '../../../checks/device/device-bars.ts'
import type { Resource } from '../../../src/model/pci.ts'
import { checkTable } from '../../support/check-table.ts'
import { fact, endpoint, messages, pciFacts } from '../../support/facts.ts'

const bar = (patch: Partial<Resource>): Resource => ({
  index: 0,
  kind: 'memory',
  start: 0xe0000000n,
  end: 0xefffffffn,
  size: 0x10000000n,
  prefetchable: true,
  is64bit: true,
  unassigned: false,
  flags: 0x14220c,
  ...patch,
})
const card = (resources: readonly Resource[], driver: string = 'vfio-pci') =>
  endpoint({ address: '0000:01:00.0', group: 1, driver, resources })
const lost = bar({ index: 1, start: 0n, unassigned: true, flags: 0x2014220c })
const noSpace = 'pci 0000:01:00.0: BAR 1: no space for [mem size 0x400000000 64bit pref]'

/** The log of a kernel that found no room at first. */
const retried = (line: string) => {
  const lines = [noSpace, line].map((text, index) => ({ text, line: index + 1, time: index, wall: null, level: null }))
  return { messages: messages([noSpace, line]), kernelLog: fact({ lines, fromBoot: true }) }
}

checkTable(check, [
  { name: 'a BAR has no address', facts: pciFacts([card([bar({}), lost])]), expect: ['bar-unassigned@0000:01:00.0'] },
  {
    name: 'the kernel struck the BAR from the device',
    facts: {
      ...pciFacts([card([bar({})])]),
      messages: messages([
        "pci 0000:01:00.0: BAR 2 [mem size 0x100000000000 64bit pref]: can't assign; no space",
        'pci 0000:01:00.0: BAR 2 [mem size 0x100000000000 64bit pref]: failed to assign',
      ]),
    },
    expect: ['bar-dropped@0000:01:00.0', 'bar-no-space@0000:01:00.0'],
  },
  {
    name: 'it failed once, and has its address by now',
    facts: {
      ...pciFacts([card([bar({}), bar({ index: 2 })])]),
      messages: messages(['pci 0000:01:00.0: BAR 2: failed to assign [mem size 0x10000000 64bit pref]']),
    },
    expect: 'pass',
  },
  {
    name: 'ports that were struck do not matter',
    facts: {
      ...pciFacts([card([bar({})])]),
      messages: messages(['pci 0000:01:00.0: BAR 5 [io  size 0x0080]: failed to assign']),
    },
    expect: 'pass',
  },
  {
    name: 'ports without an address do not matter',
    facts: pciFacts([card([bar({}), bar({ index: 5, kind: 'io', unassigned: true })])]),
    expect: 'pass',
  },
  {
    name: 'its own driver, mostly in a guest, finds a BAR of nothing',
    facts: {
      messages: messages([
        'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
        'NVRM: BAR1 is 0M @ 0x0 (PCI:0000:0b:00.0)',
      ]),
    },
    expect: ['bar-missing-for-driver@0000:0b:00.0'],
    severity: 'fail',
  },
  {
    name: 'the device cannot be enabled',
    facts: {
      messages: messages([
        "vfio-pci 0000:01:00.0: BAR 0 [mem size 0x10000000 64bit pref]: not assigned; can't enable device",
      ]),
    },
    expect: ['bar-not-assigned@0000:01:00.0'],
    severity: 'fail',
  },
  {
    name: 'there was no room',
    facts: { messages: messages([noSpace]) },
    expect: ['bar-no-space@0000:01:00.0'],
    confidence: 'possible',
  },
  {
    name: 'there was room in the end',
    facts: { ...pciFacts([card([bar({})])]), messages: messages([noSpace]) },
    expect: 'pass',
  },
  {
    name: 'no room for ports, as on many healthy hosts',
    facts: { messages: messages(['pcieport 0000:00:1c.0: BAR 13: no space for [io  size 0x1000]']) },
    expect: 'skip',
  },
  {
    name: 'no room for the windows of a port, over and over',
    facts: {
      messages: messages(
        [1, 2, 3, 4, 5].map(
          (size) => `pci 0000:00:1c.0: bridge window [mem size 0x${size}00000]: can't assign; no space`,
        ),
      ),
    },
    expect: 'skip',
  },
  {
    name: 'no room for the ROM, nor for the BARs of virtual functions',
    facts: {
      messages: messages([
        'pci 0000:01:00.0: BAR 6: no space for [mem size 0x00100000 pref]',
        'pci 0000:01:00.0: BAR 9: no space for [mem size 0x01000000 64bit]',
        "pci 0000:01:00.0: VF BAR 2 [mem size 0x00400000 64bit]: can't assign; no space",
      ]),
    },
    expect: 'skip',
  },
  {
    name: 'a BAR that got its place later in the same log',
    facts: retried('pci 0000:01:00.0: BAR 1 [mem 0x6000000000-0x63ffffffff 64bit pref]: assigned'),
    expect: 'skip',
  },
  {
    name: 'the same in the words of older kernels',
    facts: retried('pci 0000:01:00.0: BAR 1: assigned [mem 0x6000000000-0x63ffffffff 64bit pref]'),
    expect: 'skip',
  },
  {
    name: 'another BAR that got its place',
    facts: retried('pci 0000:01:00.0: BAR 0: assigned [mem 0x60000000-0x60ffffff]'),
    expect: ['bar-no-space@0000:01:00.0'],
  },
  {
    name: 'a device that stays with the host',
    facts: { ...pciFacts([card([bar({})], 'igb')]), messages: messages([noSpace]) },
    expect: 'skip',
  },
  {
    name: 'a BAR that makes no sense',
    facts: { messages: messages(["pci 0000:01:00.0: [Firmware Bug]: BAR 0: invalid; can't size"]) },
    expect: ['bar-broken@0000:01:00.0'],
  },
  {
    name: 'BARs of a part of the CPU, which the kernel passes over on purpose',
    facts: { messages: messages(['pci 0000:ff:12.0: device has non-compliant BARs; disabling IO/MEM decoding']) },
    expect: 'skip',
  },
  {
    name: 'a BAR that was not resized',
    facts: { messages: messages(['tee: /sys/bus/pci/devices/0000:01:00.0/resource1_resize: Device or resource busy']) },
    expect: ['bar-resize-refused@0000:01:00.0'],
  },
  { name: 'nothing was read', facts: {}, expect: 'skip' },
])
