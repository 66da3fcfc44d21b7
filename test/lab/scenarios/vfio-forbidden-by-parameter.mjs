import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'module_blacklist= of the kernel names vfio_pci: modprobe is refused',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'module_blacklist=vfio_pci',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['vfio-barred-by-parameter'], bound: 'bind ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
