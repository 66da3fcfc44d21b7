import { nic, rootPort, virt } from '../lib/machine.mjs'

export default {
  title: 'An Arm machine with an SMMU and a GICv2m: nothing isolates the interrupts of its cards',
  architecture: 'arm64',
  kernels: ['newest'],
  machine: [...virt({ gic: 2 }), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: 'bind_vfio 0000:01:00.0',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['msi-not-isolated'], now: 'set-iommu EPERM' } },
  mended: {
    follow: ['msi-not-isolated'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    found: ['interrupt-remapping-unsafe'],
  },
}
