import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Parameters behind -- belong to init: the IOMMU stays on, and modprobe reads the ids all the same',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: '-- intel_iommu=off iommu=off pci=nomsi vfio-pci.ids=8086:10d3',
  setup: 'echo vfio-pci >/etc/modules-load.d/vfio.conf',
  not: ['iommu-disabled-by-parameter', 'iommu-off-in-kernel', 'msi-off-by-parameter'],
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
