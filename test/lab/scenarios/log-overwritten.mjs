import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

/** No interrupt remapping, and the kernel log does not reach back to the lines that would say so. */
export default {
  machine: [...INTEL, ...vtd('intremap=off'), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    sysctl -qw kernel.printk_devkmsg=on
    for count in $(seq 6000); do echo "<6>lab: $count, a line to fill the ring of the kernel log with"; done >/dev/kmsg
  `,
  devices: { '0000:01:00.0': { verdict: 'blocked', bound: 'set-iommu EPERM' } },
}
