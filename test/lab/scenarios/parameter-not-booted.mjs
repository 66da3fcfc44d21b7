import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The ids were written to GRUB and its configuration was generated, and the host has not been restarted since',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    sed -i 's/LINUX_DEFAULT="/&iommu=pt vfio-pci.ids=8086:10d3 /' /etc/default/grub
    update-grub
  `,
  found: ['parameter-not-booted'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
