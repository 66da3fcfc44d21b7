import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Somebody emptied reset_method of a card: it goes to a guest all the same, without a reset',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: `
    bind_vfio 0000:01:00.0
    echo >/sys/bus/pci/devices/0000:01:00.0/reset_method
  `,
  found: ['reset-methods-emptied'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
