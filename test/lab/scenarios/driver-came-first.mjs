import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The id is listed in modprobe.d, and the host driver was there first',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  kernels: ['5.10', '6.1', '6.12', 'newest'],
  configure: "echo 'options vfio-pci ids=8086:10d3' >/etc/modprobe.d/vfio.conf",
  setup: 'has_initramfs_tools',
  prepare: 'modprobe vfio-pci',
  found: ['bind-too-late'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
  // Bound by the time that anybody looks, after a restart into what the steps configured.
  mended: {
    follow: ['bind-too-late'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    not: ['bind-too-late'],
  },
}
