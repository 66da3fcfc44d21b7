import { INTEL, nvme, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Virtual functions that no driver takes by itself (sriov_drivers_autoprobe is 0)',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nvme('rp1', 2)],
  prepare: `
    echo 0 >/sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe
    echo 2 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs
    sleep 2
  `,
  devices: { '0000:01:00.1': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
}
