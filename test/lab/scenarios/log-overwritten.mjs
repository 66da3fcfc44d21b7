import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'No interrupt remapping, and the kernel log does not reach back to the lines that would say so',
  machine: [...INTEL, ...vtd('intremap=off'), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  setup: `
    echo on >/proc/sys/kernel/printk_devkmsg
    filler=$(printf '%900s' '' | tr ' ' .)
    for count in $(seq 300); do echo "<6>lab: $count $filler"; done >/dev/kmsg
  `,
  devices: { '0000:01:00.0': { verdict: 'blocked', bound: 'set-iommu EPERM' } },
  mended: {
    machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
    devices: { '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' } },
  },
}
