import { device, INTEL, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'Two displays: the console is on the first, and a program draws on the second',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...device('VGA', 'pcie.0', '3.0'),
    ...rootPort('rp1', '2.0'),
    ...device('bochs-display', 'rp1', '0.0'),
  ],
  prepare: `
    card=/dev/dri/$(ls /sys/bus/pci/devices/0000:01:00.0/drm | grep card)
    sleep 1000 <>"$card" &
    sleep 1
  `,
  devices: { '0000:01:00.0': { verdict: 'in-use-by-host', now: 'open-group ENOENT' } },
}
