import { INTEL, nic, rootPort, VIRTIO_IOMMU } from '../lib/machine.mjs'

export default {
  title: 'A virtio IOMMU, and interrupts that nothing remaps are accepted',
  kernels: ['newest'],
  machine: [...INTEL, ...VIRTIO_IOMMU, ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: "echo 'options vfio_iommu_type1 allow_unsafe_interrupts=1' >/etc/modprobe.d/vfio.conf",
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
