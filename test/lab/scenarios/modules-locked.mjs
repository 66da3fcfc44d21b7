import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A hardened host: kernel.modules_disabled=1, and an install line of modprobe.d that keeps vfio-pci out',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: "printf 'blacklist vfio-pci\\ninstall vfio-pci /bin/false\\n' >/etc/modprobe.d/hardening.conf",
  prepare: 'sysctl -w kernel.modules_disabled=1',
  devices: {
    '0000:01:00.0': {
      verdict: 'blocked',
      because: ['module-loading-off', 'vfio-barred-by-install'],
      bound: 'bind ENOENT',
    },
  },
}
