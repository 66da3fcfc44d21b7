import { edu, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A device reads memory that nothing mapped for it, and the IOMMU stops it',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...edu('rp1')],
  prepare: '/lab/truth reach 0000:01:00.0 8000000',
  found: ['device-dma-fault'],
  not: ['guest-dma-fault', 'dma-fault-unnamed'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
