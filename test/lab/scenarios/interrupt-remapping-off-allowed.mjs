import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'No interrupt remapping, and allow_unsafe_interrupts says that this is accepted',
  machine: [...INTEL, ...vtd('intremap=off'), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: "echo 'options vfio_iommu_type1 allow_unsafe_interrupts=1' >/etc/modprobe.d/vfio.conf",
  prepare: 'bind_vfio 0000:01:00.0',
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
}
