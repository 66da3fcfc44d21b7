import { nic, rootPort, SERVER_FIRMWARE, virt } from '../lib/machine.mjs'

export default {
  title: 'An Arm server by its firmware, which describes no SMMU in its IORT',
  architecture: 'arm64',
  kernels: ['newest'],
  machine: [...virt({ iommu: null }), ...SERVER_FIRMWARE, ...rootPort('rp1', '2.0'), ...nic('rp1')],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  causes: ['smmu-not-driven'],
}
