import { nic, rootPort, virt, VIRTIO_IOMMU } from '../lib/machine.mjs'

const card = [...rootPort('rp1', '2.0'), ...nic('rp1')]

export default {
  title: 'An Arm machine without an SMMU, and words for Intel on its command line',
  architecture: 'arm64',
  kernels: ['newest'],
  machine: [...virt({ iommu: null }), ...card],
  parameters: 'intel_iommu=on iommu=pt',
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  causes: ['iommu-absent-in-guest', 'iommu-parameter-for-other-cpu'],
  not: ['iommu-off-in-kernel'],
  // What the advice comes to: this machine is given an IOMMU.
  mended: {
    machine: [...virt({ iommu: null }), ...VIRTIO_IOMMU, ...card],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  },
}
