import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A container that was not given /dev/vfio, with the /sys of its host to read',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: `
    bind_vfio 0000:01:00.0
    rm -r /dev/vfio
    mount -o remount,ro /sys
    touch /run/.containerenv
  `,
  found: ['container-view', 'container-without-vfio'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'open-group ENOENT' } },
}
