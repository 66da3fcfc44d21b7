import { dmar } from '../lib/acpi.mjs'
import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title:
    'A reserved region (RMRR) that ends before it begins: the kernel calls the firmware broken, and keeps the region',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  tables: {
    dmar: dmar({
      units: [{}],
      regions: [{ from: 0x3fff2000, to: 0x3fff0fff, scopes: [{ path: ['00:02.0', '00.0'] }] }],
    }),
  },
  prepare: 'bind_vfio 0000:01:00.0',
  found: ['rmrr-table-odd'],
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['rmrr-direct'] } },
}
