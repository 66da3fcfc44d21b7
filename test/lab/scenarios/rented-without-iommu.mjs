import { INTEL, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'A virtual machine that names itself as one of a cloud, and has no IOMMU: nothing in it can change that',
  kernels: ['6.12'],
  machine: [
    ...INTEL,
    '-smbios',
    'type=1,manufacturer=Amazon EC2,product=c5.large',
    ...rootPort('rp1', '2.0'),
    ...nic('rp1'),
  ],
  prepare: 'bind_vfio 0000:01:00.0',
  causes: ['cloud-no-iommu'],
  not: ['iommu-off-in-firmware'],
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['cloud-no-iommu'], now: 'group ENOENT' } },
}
