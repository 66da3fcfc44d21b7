import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'A misspelt driver_override was left: every driver is kept away from the device, without a word',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1')],
  prepare: `
    modprobe vfio-pci
    unbind 0000:01:00.0
    echo vfio_pci >/sys/bus/pci/devices/0000:01:00.0/driver_override
    echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
  `,
  found: ['override-without-driver'],
  devices: { '0000:01:00.0': { verdict: 'ready-after-binding', now: 'open-group ENOENT', followed: 'works' } },
  mended: { follow: ['override-without-driver'], devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } } },
}
