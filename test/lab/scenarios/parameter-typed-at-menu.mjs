import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'intel_iommu=on was typed at the boot menu, and is in no file: what works now is gone at the next boot',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'intel_iommu=on',
  // The kernel's image is there as the boot loader's partition has it: where that is not mounted, nothing is said.
  configure: `
    sed -i 's/intel_iommu=on//' /etc/default/grub
    update-grub
    touch /boot/vmlinuz-$(uname -r)
  `,
  found: ['parameter-this-boot-only'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  mended: {
    follow: ['parameter-this-boot-only'],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
    not: ['parameter-this-boot-only'],
  },
}
