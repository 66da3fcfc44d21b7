import { INTEL, nic, PROBE_REFUSED, rootPort, VIRTIO_IOMMU } from '../lib/machine.mjs'

// The remedy is a newer kernel: virtio-iommu is what comes of it.
export default {
  title: 'A virtio IOMMU, and a kernel that has no driver for it',
  kernels: ['5.10', '6.1'],
  machine: [...INTEL, ...VIRTIO_IOMMU, ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT', bound: PROBE_REFUSED } },
}
