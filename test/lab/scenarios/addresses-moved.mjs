import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// What a card less does to a host that binds by address: the numbers of the buses went down by one, and two places name the
// old ones. The remedies take driverctl, which is not in the guest, and an editor.
export default {
  title: 'Addresses moved: driverctl and the script of an install line still name the old ones',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    mkdir -p /etc/driverctl.d /usr/local/sbin
    echo vfio-pci >/etc/driverctl.d/pci-0000:02:00.0
    echo 'install vfio-pci /usr/local/sbin/vfio-bind.sh; /sbin/modprobe --ignore-install vfio-pci' >/etc/modprobe.d/vfio.conf
    printf '#!/bin/sh\\necho vfio-pci >/sys/bus/pci/devices/0000:02:00.0/driver_override\\n' >/usr/local/sbin/vfio-bind.sh
    chmod +x /usr/local/sbin/vfio-bind.sh
  `,
  found: ['kept-override-absent-device', 'install-names-absent-device'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
