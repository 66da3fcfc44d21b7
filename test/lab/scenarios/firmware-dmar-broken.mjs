import { dmar } from '../lib/acpi.mjs'
import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Firmware puts the remapping unit at address 0: the kernel throws the DMAR table away',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  tables: { dmar: dmar({ units: [{ address: 0 }] }) },
  parameters: 'intel_iommu=on',
  prepare: 'bind_vfio 0000:01:00.0',
  causes: ['dmar-table-broken'],
  devices: { '0000:01:00.0': { verdict: 'blocked', now: 'group ENOENT' } },
}
