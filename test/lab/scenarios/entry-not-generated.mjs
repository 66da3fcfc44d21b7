import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'intel_iommu=on stands in /etc/kernel/cmdline, and kernel-install never made an entry for systemd-boot of it',
  kernels: ['newest'],
  loader: 'systemd-boot',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=off',
  configure: "sed -i 's/intel_iommu=off/intel_iommu=on/' /etc/kernel/cmdline",
  causes: ['iommu-on-not-generated'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
