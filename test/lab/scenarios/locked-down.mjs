import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Secure Boot as strict as it gets: lockdown, signed modules only, no securityfs to see it by',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'lockdown=confidentiality module.sig_enforce=1',
  prepare: 'umount /sys/kernel/security',
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
