import { INTEL, nic, rootPort, VIRTIO_IOMMU } from '../lib/machine.mjs'

export default {
  title: 'A virtio IOMMU: it remaps no interrupts',
  kernels: ['6.12', 'newest'],
  machine: [...INTEL, ...VIRTIO_IOMMU, ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['interrupt-remapping-missing'], bound: 'set-iommu EPERM' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
