import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'The card is gone from its slot and the kernel was not told: its configuration space reads ff',
  kernels: ['newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  // The slot is switched off in the registers of the port (slot control, at 0x18 of the PCI Express capability).
  prepare: `
    bind_vfio 0000:01:00.0
    unbind 0000:00:02.0
    config=/sys/bus/pci/devices/0000:00:02.0/config
    at=$((0x$(od -An -tx1 -j 52 -N1 $config | tr -d ' ')))
    while [ "$(od -An -tx1 -j $at -N1 $config | tr -d ' ')" != 10 ]; do
      at=$((0x$(od -An -tx1 -j $((at + 1)) -N1 $config | tr -d ' ')))
    done
    printf '\\xc0\\x07' | dd of=$config bs=1 seek=$((at + 24)) conv=notrunc
    sleep 2
    od -An -tx1 -N16 /sys/bus/pci/devices/0000:01:00.0/config
  `,
  causes: ['device-config-dead'],
  devices: { '0000:01:00.0': { verdict: 'blocked', because: ['device-config-dead'] } },
}
