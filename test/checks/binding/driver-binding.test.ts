import { expect, test } from 'vitest'
import { check } from '../../../checks/binding/driver-binding.ts'
import { runCheck } from '../../../src/diagnose/run.ts'
import { unknown, type Unknown } from '../../../src/model/fact.ts'
import { candidates } from '../../../src/rules/candidates.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, environment, facts, pciFacts } from '../../support/facts.ts'

const at = (patch: object) => pciFacts([endpoint({ address: '0000:01:00.0', ...patch })])
const asked = ['0000:01:00.0']
const root = { kind: 'disk', name: 'nvme0n1', inUse: 'mounted at /', source: '/proc/self/mountinfo' }

checkTable(check, [
  {
    name: 'another port of the card, in the same group, carries the default route',
    facts: pciFacts([
      endpoint({ address: '0000:05:00.3', driver: 'igb', group: 9 }),
      endpoint({
        address: '0000:05:00.2',
        driver: 'igb',
        group: 9,
        uses: [{ kind: 'network', name: 'eth2', inUse: 'the default route', source: '/proc/net/route' }],
      }),
    ]),
    asked: ['0000:05:00.3'],
    expect: ['device-in-use@0000:05:00.3', 'device-on-host-driver@0000:05:00.3'],
    advises: 'Move the address of the host',
  },
  { name: 'on vfio-pci', facts: at({ driver: 'vfio-pci' }), expect: 'pass' },
  {
    name: 'on a host driver',
    facts: at({ driver: 'e1000e' }),
    asked,
    expect: ['device-on-host-driver@0000:01:00.0'],
    severity: 'info',
  },
  { name: 'on no driver', facts: at({ driver: null }), asked, expect: ['device-unbound'] },
  {
    name: 'on no driver, with a picture of the firmware in its memory',
    facts: at({ driver: null, uses: [{ kind: 'framebuffer', name: 'efifb', inUse: 'it lies there', source: 'x' }] }),
    asked,
    expect: ['device-unbound'],
  },
  { name: 'on pci-stub', facts: at({ driver: 'pci-stub' }), asked, expect: ['device-unbound'], severity: 'info' },
  {
    name: 'the host runs from it',
    facts: at({ driver: 'nvme', uses: [root] }),
    asked,
    expect: ['device-in-use', 'device-on-host-driver'],
  },
  {
    name: 'overridden and not bound',
    facts: at({ driver: null, driverOverride: 'vfio-pci' }),
    expect: ['override-without-driver'],
  },
  {
    name: 'kept for a driver that is not there',
    facts: at({ driver: null, driverOverride: 'nouveau' }),
    asked,
    expect: ['override-without-driver'],
  },
  { name: 'on a host driver, and nobody wants to give it away', facts: at({ driver: 'e1000e' }), expect: 'skip' },
  {
    name: 'a bridge is not judged here',
    facts: pciFacts([bridge({ address: '0000:01:00.0' })]),
    asked,
    expect: 'skip',
  },
  {
    name: 'the control domain of Xen, where pciback has the device',
    facts: { ...at({ driver: 'pciback' }), environment: environment({ hypervisor: 'xen', xenDom0: true }) },
    asked,
    expect: 'skip',
  },
  {
    name: 'the control domain of Xen, which runs from the device',
    facts: { ...at({ driver: 'nvme', uses: [root] }), environment: environment({ hypervisor: 'xen', xenDom0: true }) },
    asked,
    expect: ['device-in-use'],
  },
  { name: 'the driver could not be read', facts: at({ driver: undefined }), asked, expect: 'unknown' },
  { name: 'nothing could be read', facts: {}, asked, expect: 'unknown' },
])

checkTable(check, [
  {
    name: 'the LPC bridge, which no guest can use',
    facts: at({ class: 0x060100, driver: 'lpc_ich' }),
    asked,
    expect: ['platform-part@0000:01:00.0'],
    severity: 'warn',
  },
])

test.each([
  ['denied', ['what of this host stands on 0000:01:00.0']],
  ['not-collected', ['what of this host stands on 0000:01:00.0']],
  ['not-in-paste', []],
] as const)('what the host has on a device is %s', (reason, wanted) => {
  const hidden: Unknown = unknown(reason, '/proc/self/mountinfo')
  const machine = facts(pciFacts([{ ...endpoint({ address: '0000:01:00.0', driver: 'nvme' }), uses: hidden }]))
  const outcome = runCheck(check, machine, { asked, candidates: candidates(machine, asked) })
  if (outcome.kind !== 'hits') throw new Error(outcome.kind)
  expect(outcome.hits.map((one) => one.code)).toEqual(['device-on-host-driver'])
  expect((outcome.missing ?? []).map((one) => one.what)).toEqual(wanted)
})
