import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// A line of a guide came over to this host, and its script did not. The remedy is an editor's.
export default {
  title: 'The install line for vfio-pci runs a script that is not there: modprobe fails',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: "echo 'install vfio-pci /usr/local/bin/vfio-pci-override.sh' >/etc/modprobe.d/vfio.conf",
  prepare: 'modprobe vfio-pci || echo "modprobe ended with $?"',
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['install-script-gone'], bound: 'bind ENOENT' } },
}
