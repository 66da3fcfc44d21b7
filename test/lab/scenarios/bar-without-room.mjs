import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A device with 16 TiB of memory, on a processor that addresses one: the kernel goes on without this BAR',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...device('pci-testdev', 'rp1', '0.0', ',membar=16T')],
  prepare: 'bind_vfio 0000:01:00.0',
  found: ['bar-dropped'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
