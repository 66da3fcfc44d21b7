import { dmar, IOAPIC } from '../lib/acpi.mjs'
import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The remapping unit names one card alone: the other one has no group, though the IOMMU is on',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  tables: { dmar: dmar({ units: [{ all: false, scopes: [IOAPIC, { type: 2, path: ['00:02.0'] }] }] }) },
  prepare: 'bind_vfio 0000:02:00.0',
  causes: ['device-no-group'],
  devices: {
    '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' },
    '0000:02:00.0': { verdict: 'blocked', because: ['device-no-group'], now: 'group ENOENT' },
  },
}
