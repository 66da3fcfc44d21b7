import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'systemd-boot starts the host, and intel_iommu=on was written for a GRUB that is left over from before',
  kernels: ['newest'],
  loader: 'systemd-boot',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=off',
  configure: `
    grub_entries
    sed -i 's/intel_iommu=off/intel_iommu=on/' /etc/default/grub
    update-grub
  `,
  causes: ['iommu-on-other-loader'],
  not: ['iommu-on-not-generated', 'iommu-on-not-booted'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
