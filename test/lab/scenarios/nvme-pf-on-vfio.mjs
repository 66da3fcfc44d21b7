import { INTEL, nvme, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A physical function without virtual ones is taken like any other device',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nvme('rp1', 2)],
  prepare: 'bind_vfio 0000:01:00.0',
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
