import { audioCard, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

// Slots 3 and 7 of this machine have one interrupt line. Every emulated function can mask its own, which `nointxmask`
// makes vfio-pci pass over. The network card stays as it is: a guest drives it by its own line, with MSI off.
export default {
  title:
    'vfio-pci is told to want interrupt lines alone: a sound card of the host has the one of the card that is to go',
  kernels: ['newest'],
  machine: [
    ...INTEL,
    ...vtd(),
    ...rootPort('rp1', '2.0'),
    ...nic('rp1'),
    ...audioCard('pcie.0', '3.0', 'a0'),
    ...audioCard('pcie.0', '7.0', 'a1'),
  ],
  configure: `
    has_initramfs_tools
    echo 'options vfio-pci nointxmask=1' >/etc/modprobe.d/vfio.conf
  `,
  prepare: `
    bind_vfio 0000:01:00.0
    bind_vfio 0000:00:03.0
    /lab/truth keep 16 0000:01:00.0 &
    /lab/truth drive 16 0000:00:03.0
    sleep 2
    cat /proc/interrupts
  `,
  ask: ['0000:01:00.0', '0000:00:03.0'],
  drive: true,
  causes: ['intx-shared'],
  found: ['guest-without-msi', 'device-in-guest'],
  devices: {
    '0000:01:00.0': { verdict: 'ready', now: 'open-group EBUSY' },
    '0000:00:03.0': { verdict: 'blocked', because: ['intx-shared'], now: 'interrupt-line EBUSY' },
  },
  mended: {
    not: ['intx-shared', 'guest-without-msi'],
    devices: {
      '0000:01:00.0': { verdict: 'ready-after-binding', followed: 'works' },
      '0000:00:03.0': { verdict: 'ready-after-binding', followed: 'works' },
    },
  },
}
