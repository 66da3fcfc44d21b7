import { device, edu, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'pci-stub holds a card, as old guides have it, and elsewhere the other function of a slot: it hurts no group',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp1', '2.0'),
    ...nic('rp1'),
    ...device('e1000', 'pcie.0', '3.0', ',multifunction=on'),
    ...edu('pcie.0', '3.1'),
  ],
  parameters: 'pci-stub.ids=8086:10d3,8086:100e',
  setup: 'echo pci-stub >/etc/modules-load.d/stub.conf',
  prepare: 'bind_vfio 0000:00:03.1',
  not: ['group-not-viable'],
  devices: {
    '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' },
    '0000:00:03.1': { verdict: 'ready', now: 'works' },
  },
}
