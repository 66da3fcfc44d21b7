import { check } from '../../../checks/isolation/group-viability.ts'
import { checkTable } from '../../support/check-table.ts'
import { bridge, endpoint, guest, kernel, pciFacts, unlisted } from '../../support/facts.ts'

const card = endpoint({ address: '0000:04:00.0', driver: 'vfio-pci', group: 28 })

const torn = pciFacts([
  endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 1 }),
  endpoint({ address: '0000:01:00.1', driver: 'snd_hda_intel', group: 1 }),
])

checkTable(check, [
  {
    name: 'another endpoint of the group is on a host driver',
    facts: pciFacts([
      bridge({ address: '0000:03:00.0', group: 28 }),
      card,
      endpoint({ address: '0000:04:01.0', driver: 'snd_ice1712', group: 28 }),
    ]),
    expect: ['group-not-viable@group:28'],
    severity: 'fail',
  },
  {
    name: 'only a bridge shares the group',
    facts: pciFacts([bridge({ address: '0000:03:00.0', group: 28 }), card]),
    expect: 'pass',
  },
  {
    name: 'the bridge is on a driver that does not leave DMA alone',
    facts: {
      ...pciFacts([bridge({ address: '0000:03:00.0', group: 28, driver: 'shpchp' }), card]),
      kernel: kernel('6.8.0'),
    },
    expect: ['group-not-viable@group:28'],
    advises: 'Unbind 0000:03:00.0 from shpchp',
  },
  {
    name: 'the other endpoint has no driver',
    facts: pciFacts([card, endpoint({ address: '0000:04:01.0', driver: null, group: 28 })]),
    expect: 'pass',
  },
  {
    name: 'a sibling function of a card that is not bound yet goes along with it',
    facts: pciFacts([
      endpoint({ address: '0000:01:00.0', driver: 'nouveau', group: 1 }),
      endpoint({ address: '0000:01:00.1', driver: 'snd_hda_intel', group: 1 }),
    ]),
    asked: ['0000:01:00.0'],
    expect: 'pass',
  },
  {
    name: 'a sibling function left on the host once the card is on vfio-pci',
    facts: pciFacts([
      endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 1 }),
      endpoint({ address: '0000:01:00.1', driver: 'snd_hda_intel', group: 1 }),
    ]),
    expect: ['group-not-viable@group:1'],
  },
  {
    name: 'a card with a USB-C controller, whose class is also that of the flash of the chipset',
    facts: pciFacts([
      endpoint({ address: '0000:01:00.0', driver: 'nouveau', group: 1 }),
      endpoint({ address: '0000:01:00.3', driver: 'nvidia-gpu', class: 0x0c8000, parent: '0000:00:01.0', group: 1 }),
    ]),
    asked: ['0000:01:00.0'],
    expect: 'pass',
  },
  {
    name: 'the same in a post that does not show what is above the card, once the card is on vfio-pci',
    facts: pciFacts([
      endpoint({ address: '0000:01:00.0', driver: 'vfio-pci', group: 1 }),
      endpoint({ address: '0000:01:00.3', driver: 'nvidia-gpu', class: 0x0c8000, parent: undefined, group: 1 }),
    ]),
    expect: ['group-not-viable@group:1'],
    advises: 'bind-now',
  },
  {
    name: 'a card in a slot, in one group with the chipset',
    facts: pciFacts([
      endpoint({ address: '0000:2e:00.0', driver: 'vfio-pci', parent: '0000:00:03.1', group: 9 }),
      endpoint({ address: '0000:00:14.0', driver: 'piix4_smbus', class: 0x0c0500, group: 9 }),
    ]),
    expect: ['group-not-viable@group:9'],
    advises: 'enable-firmware-setting',
  },
  {
    name: 'sound of the chipset, in one group with more of it',
    facts: pciFacts([
      endpoint({ address: '0000:00:1f.3', driver: 'vfio-pci', group: 9 }),
      endpoint({ address: '0000:00:1f.4', driver: 'i801_smbus', class: 0x0c0500, group: 9 }),
    ]),
    expect: ['group-not-viable@group:9'],
    advises: 'Leave 0000:00:1f.3 to the host',
  },
  {
    name: 'a drive behind VMD: its controller is not to be taken for it',
    facts: pciFacts([
      endpoint({ address: '0000:00:0e.0', driver: 'vmd', class: 0x010400, group: 5 }),
      endpoint({ address: '10000:e1:00.0', driver: 'nvme', class: 0x010802, group: 5 }),
    ]),
    asked: ['10000:e1:00.0'],
    expect: ['group-not-viable@group:5'],
    advises: 'disable-firmware-setting',
  },
  {
    name: 'a sibling that libvirt binds when the guest starts that gets the card',
    facts: { ...torn, guests: guest('0000:01:00.0', '0000:01:00.1') },
    expect: 'pass',
  },
  {
    name: 'a sibling that the guest does not get',
    facts: { ...torn, guests: guest('0000:01:00.0') },
    expect: ['group-not-viable@group:1'],
  },
  {
    name: 'a group of the host that nobody wants to give away',
    facts: pciFacts([endpoint({ address: '0000:00:1f.3', group: 9 }), endpoint({ address: '0000:00:1f.4', group: 9 })]),
    expect: 'skip',
  },
  {
    name: 'the driver of a member could not be read',
    facts: pciFacts([card, endpoint({ address: '0000:04:01.0', driver: undefined, group: 28 })]),
    expect: 'unknown',
  },
  {
    name: 'nothing lists the group',
    facts: unlisted(pciFacts([endpoint({ address: '0000:06:00.0', driver: 'vfio-pci', group: 7 })])),
    asked: ['0000:06:00.0'],
    expect: 'unknown',
  },
  { name: 'nothing could be read', facts: {}, expect: 'unknown' },
])
