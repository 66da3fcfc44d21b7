import { ivrs } from '../lib/acpi.mjs'
import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'Firmware puts the AMD IOMMU where memory is: the kernel cannot reserve its registers, and leaves it off',
  kernels: ['6.12'],
  machine: [...AMD, ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  tables: { ivrs: ivrs({ address: 0x10000000 }) },
  prepare: 'bind_vfio 0000:01:00.0',
  causes: ['ivrs-table-broken'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
}
