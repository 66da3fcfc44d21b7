import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The kernel was upgraded and not booted yet: the modules of the one that runs are gone from the disk',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: 'mv "/lib/modules/$(uname -r)" /lib/modules/99.9.9-amd64',
  causes: ['module-directory-missing'],
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['module-directory-missing'], bound: 'bind ENOENT' } },
}
