import { edu, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'vfio-pci.ids= of one card, and vfio-pci loaded before the host drivers',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...edu('rp2')],
  parameters: 'intel_iommu=on vfio-pci.ids=8086:10d3',
  setup: 'echo vfio-pci >/etc/modules-load.d/vfio.conf',
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
