import { INTEL, nic, rootPort, vtd } from '../lib/machine.mjs'

export default {
  title: 'vfio-pci.ids= takes both of two equal cards: also the one that was to stay',
  machine: [...INTEL, ...vtd(), ...rootPort('rp1', '2.0'), ...nic('rp1'), ...rootPort('rp2', '3.0'), ...nic('rp2')],
  parameters: 'vfio-pci.ids=8086:10d3',
  configure: 'echo vfio-pci >/etc/modules-load.d/vfio.conf',
  found: ['ids-took-twin'],
  // Asked about the one card alone: who asks about both wants both.
  devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
  // The id goes, the address stays.
  mended: {
    follow: ['ids-took-twin'],
    devices: { '0000:01:00.0': { verdict: 'ready', now: 'works' } },
    not: ['ids-took-twin', 'ids-match-twins'],
  },
}
