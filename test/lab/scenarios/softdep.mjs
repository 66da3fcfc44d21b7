import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'ids and a softdep of the host driver: vfio-pci is there first, and nothing of it needs mending',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    echo 'options vfio-pci ids=8086:10d3' >/etc/modprobe.d/vfio.conf
    echo 'softdep e1000e pre: vfio-pci' >>/etc/modprobe.d/vfio.conf
  `,
  not: ['bind-too-late', 'device-on-host-driver', 'ids-match-nothing', 'initramfs-stale'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
