import { dmar } from '../lib/acpi.mjs'
import { device, INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

const RESERVED = { from: 0x3fff0000, to: 0x3fff0fff } // which QEMU's memory map reserves

export default {
  title:
    'Firmware reserves memory (RMRR) for a network card, which the kernel keeps, and for a USB controller, which may go',
  kernels: ['5.10', '6.1', 'newest'],
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...device('qemu-xhci', 'pcie.0', '4.0')],
  tables: {
    dmar: dmar({
      units: [{}],
      regions: [
        { ...RESERVED, scopes: [{ path: ['00:02.0', '00.0'] }] },
        { from: 0xfeffd000, to: 0xfeffdfff, scopes: [{ path: ['00:04.0'] }] },
      ],
    }),
  },
  prepare: 'bind_vfio 0000:01:00.0; bind_vfio 0000:00:04.0',
  causes: ['rmrr-direct'],
  found: ['rmrr-table-odd'],
  devices: {
    '0000:01:00.0': { verdict: 'blocked', because: ['rmrr-direct'] },
    '0000:00:04.0': { verdict: 'ready', now: 'works' },
  },
}
