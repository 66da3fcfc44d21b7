import { AMD, amdVi, nic, rootPort } from '../lib/machine.mjs'

export default {
  title: 'Words for the AMD IOMMU that leave it on, and KVM that is loaded as it should be',
  kernels: ['6.12'],
  machine: [...AMD, '-cpu', 'EPYC', ...amdVi(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'amd_iommu=OFF amd_iommu=fullflush intel_iommu=off iommu=pt,soft',
  prepare: 'modprobe kvm_amd',
  not: [
    'iommu-disabled-by-parameter',
    'iommu-off-in-kernel',
    'iommu-told-off',
    'kvm-module-not-loaded',
    'kvm-half-loaded',
    'cpu-virt-missing',
    'cpu-virt-not-nested',
  ],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
}
