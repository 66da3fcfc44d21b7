import { INTEL, nvme, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Virtual functions of an NVMe controller: each can go; their PF cannot, as long as they are there',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nvme('rp1', 2)],
  prepare: 'echo 2 >/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs; sleep 2',
  found: ['sriov-pf-with-vfs'],
  devices: {
    '0000:01:00.1': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' },
    '0000:01:00.0': { verdict: 'blocked', bound: 'bind EBUSY' },
  },
  mended: { devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } } },
}
