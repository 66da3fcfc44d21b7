import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'nolapic: without the local APIC VT-d does not start, and its driver says only that it failed',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'nolapic',
  causes: ['apic-off-by-parameter'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
