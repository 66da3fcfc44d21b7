import { device, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    "A card below a second host bridge goes as anywhere; the chipset's SATA controller shares a group with the ISA bridge",
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    '-device',
    'pxb-pcie,id=pxb,bus=pcie.0,bus_nr=64',
    '-device',
    'pcie-root-port,id=rp40,bus=pxb,chassis=40',
    ...nic('rp40'),
    ...rootPort('rp1', '2.0'),
    ...device('virtio-rng-pci', 'rp1', '0.0', ',iommu_platform=on'),
  ],
  devices: {
    '0000:41:00.0': { verdict: 'ready-after-binding', followed: 'works' },
    '0000:00:1f.2': { verdict: 'blocked', because: ['group-not-viable'], bound: 'not-viable EPERM' },
  },
}
