import { edu, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A running guest lets its device read beyond the memory of the guest, and the IOMMU stops it',
  kernels: ['6.1'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...edu('rp1')],
  prepare: `
    bind_vfio 0000:01:00.0
    /lab/truth hold 16 0000:01:00.0 8000000 &
    sleep 3
  `,
  found: ['guest-dma-fault', 'device-in-guest'],
  not: ['device-dma-fault', 'dma-fault-unnamed'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'open-group EBUSY' } },
}
