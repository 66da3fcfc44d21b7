import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'GRUB starts the host with iommu=off, and intel_iommu=on was written for systemd-boot: the one has to go, too',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'iommu=off',
  configure: `
    mkdir -p /etc/kernel
    echo 'root=UUID=3b1f0c8e-5d7a-4e27-9a43-6c2d0f9b7e15 ro quiet intel_iommu=on' >/etc/kernel/cmdline
  `,
  causes: ['iommu-on-other-loader'],
  not: ['iommu-on-not-generated', 'iommu-on-not-booted'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } } },
}
