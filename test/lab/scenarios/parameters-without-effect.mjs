import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Parameters that do nothing on this host: for the other CPU, without a value that counts, of a foreign patch',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  parameters: 'amd_iommu=on intel_iommu=true iommu=pt pcie_acs_override=downstream,multifunction',
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
  mended: {
    follow: ['parameter-unknown', 'iommu-parameter-for-other-cpu'],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
    not: ['iommu-parameter-for-other-cpu', 'acs-override-ignored', 'parameter-unknown'],
  },
  found: ['iommu-parameter-for-other-cpu', 'iommu-parameter-no-value', 'acs-override-ignored'],
  not: ['iommu-disabled-by-parameter', 'iommu-off-in-kernel'],
}
