import { audioCard, INTEL, pciBridge, PROBE_REFUSED, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A conventional sound card behind a bridge: somebody writes the ids of both to new_id, and the bridge refuses',
  kernels: ['5.10', '6.1', '6.12', 'newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp', '2.0'), ...pciBridge('bridge', 'rp'), ...audioCard('bridge', '1.0')],
  parameters: 'intel_iommu=on',
  prepare: `
    modprobe vfio-pci
    unbind 0000:02:01.0
    new_id 1b36 000e
    new_id 1274 5000
  `,
  ask: [],
  devices: {
    '0000:02:01.0': { verdict: 'ready', now: 'works' },
    '0000:01:00.0': { verdict: 'not-assignable', because: ['bridge-cannot-bind'], bound: PROBE_REFUSED },
  },
}
