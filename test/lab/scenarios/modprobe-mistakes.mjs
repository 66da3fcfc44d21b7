import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'Six mistakes: a file without .conf, a misspelt module, a wrong id, a pattern in a blacklist, an option that nobody knows, and a module that is gone',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    echo 'options vfio-pci ids=8086:10d3' >/etc/modprobe.d/vfio
    echo 'options vfiopci ids=8086:10d3' >/etc/modprobe.d/vfio-name.conf
    echo 'options vfio-pci ids=8086:10d2,8086-10d3 disable_vga=1 disable_idle_d3=1 no_reset=1' >/etc/modprobe.d/vfio-ids.conf
    echo 'blacklist e1000*' >/etc/modprobe.d/blacklist-e1000.conf
    printf 'vfio\\nvfio_virqfd\\nvfio-pci\\n' >/etc/modules-load.d/vfio.conf
  `,
  found: [
    'modprobe-file-not-read',
    'modprobe-module-unknown',
    'ids-match-nothing',
    'ids-malformed',
    'blacklist-glob',
    'vfio-option-unknown',
    'vfio-virqfd-gone',
  ],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
