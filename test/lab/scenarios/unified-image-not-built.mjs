import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// The image is built with ukify or dracut, which this release of Debian has not: the remedy is not followed.
export default {
  title: 'intel_iommu=on stands in /etc/kernel/cmdline, and not in the unified kernel image, which was built before',
  kernels: ['newest'],
  loader: 'uki',
  machine: [...INTEL, '-m', '1536', ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=off',
  configure: "sed -i 's/intel_iommu=off/intel_iommu=on/' /etc/kernel/cmdline",
  causes: ['iommu-on-not-generated'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
}
