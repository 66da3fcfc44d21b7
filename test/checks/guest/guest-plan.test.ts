import { check } from '../../../checks/guest/guest-plan.ts'
import type { GuestDefinition, HostDevice } from '../../../src/model/guests.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, fact, pciFacts } from '../../support/facts.ts'

function device(address: string, rest: Partial<HostDevice> = {}): HostDevice {
  return { address, managed: null, romFile: null, allFunctions: false, options: {}, text: address, ...rest }
}

function guest(name: string, hostDevices: readonly HostDevice[], rest: Partial<GuestDefinition> = {}): GuestDefinition {
  return {
    name,
    manager: 'libvirt',
    machine: 'pc-q35-8.2',
    firmware: 'uefi',
    memoryBytes: null,
    hostDevices,
    running: false,
    source: `${name}.xml`,
    ...rest,
  }
}

const nic = endpoint({ address: '0000:02:00.0', group: 2, driver: 'vfio-pci' })
const disk = endpoint({ address: '0000:03:00.0', group: 2, class: 0x010601, driver: 'ahci' })
const card = endpoint({ address: '0000:01:00.0', group: 1, class: 0x030000, driver: 'vfio-pci' })
const sound = endpoint({ address: '0000:01:00.1', group: 1, class: 0x040300, driver: 'vfio-pci' })

checkTable(check, [
  {
    name: 'a device that is not there',
    facts: { ...pciFacts([nic]), guests: fact([guest('one', [device('0000:09:00.0')])]) },
    expect: ['guest-names-absent-device@0000:09:00.0'],
  },
  {
    name: 'x-vga on what is no graphics card',
    facts: {
      ...pciFacts([nic, card], false),
      guests: fact([guest('one', [device('0000:02:00.0', { options: { 'x-vga': '1' } })])]),
    },
    expect: ['guest-x-vga-no-display@0000:02:00.0'],
    severity: 'warn',
  },
  {
    name: 'x-vga on a graphics card',
    facts: {
      ...pciFacts([nic, card], false),
      guests: fact([guest('one', [device('0000:01:00.0', { options: { 'x-vga': '1' } })])]),
    },
    expect: 'pass',
  },
  {
    name: 'a device that a cut list does not show',
    facts: { ...pciFacts([nic], false), guests: fact([guest('one', [device('0000:09:00.0')])]) },
    expect: 'pass',
  },
  {
    name: 'a device that is given twice',
    facts: { guests: fact([guest('one', [device('0000:02:00.0'), device('0000:02:00.0')])]) },
    expect: ['guest-names-device-twice@0000:02:00.0'],
  },
  {
    name: 'a slot and one of its functions',
    facts: {
      ...pciFacts([card, sound]),
      guests: fact([guest('one', [device('0000:01:00.0', { allFunctions: true }), device('0000:01:00.1')])]),
    },
    expect: ['guest-names-device-twice@0000:01:00.1'],
  },
  {
    name: 'two guests with one group',
    facts: {
      ...pciFacts([card, sound]),
      guests: fact([
        guest('one', [device('0000:01:00.1')]),
        guest('two', [device('0000:01:00.0', { allFunctions: true })]),
      ]),
    },
    expect: ['guests-share-group@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'Proxmox takes the disks of the host too',
    facts: { ...pciFacts([nic, disk]), guests: fact([guest('101', [device('0000:02:00.0')], { manager: 'proxmox' })]) },
    expect: ['guest-takes-host-devices@0000:02:00.0'],
    severity: 'warn',
  },
  {
    name: 'Proxmox takes the idle sound of the card along',
    facts: {
      ...pciFacts([card, { ...sound, driver: fact('snd_hda_intel') }]),
      guests: fact([guest('101', [device('0000:01:00.0')], { manager: 'proxmox' })]),
    },
    expect: ['guest-gpu-without-audio@0000:01:00.0', 'guest-takes-host-devices@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'libvirt takes only what it is told',
    facts: { ...pciFacts([nic, disk]), guests: fact([guest('one', [device('0000:02:00.0')])]) },
    expect: 'pass',
  },
  {
    name: 'an unmanaged device on its driver',
    facts: {
      ...pciFacts([endpoint({ address: '0000:02:00.0', group: 2, driver: 'igb' })]),
      guests: fact([guest('one', [device('0000:02:00.0', { managed: false })])]),
    },
    expect: ['guest-unmanaged-device@0000:02:00.0'],
  },
  {
    name: 'an unmanaged device on vfio-pci',
    facts: { ...pciFacts([nic]), guests: fact([guest('one', [device('0000:02:00.0', { managed: false })])]) },
    expect: 'pass',
  },
  {
    name: 'a graphics card on an old machine',
    facts: {
      ...pciFacts([card]),
      guests: fact([guest('one', [device('0000:01:00.0')], { machine: 'pc-i440fx-8.2' })]),
    },
    expect: ['guest-gpu-on-i440fx@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a graphics card without its audio',
    facts: { ...pciFacts([card, sound]), guests: fact([guest('one', [device('0000:01:00.0')])]) },
    expect: ['guest-gpu-without-audio@0000:01:00.0'],
    severity: 'info',
  },
  {
    name: 'a whole graphics card',
    facts: {
      ...pciFacts([card, sound]),
      guests: fact([guest('one', [device('0000:01:00.0'), device('0000:01:00.1')])]),
    },
    expect: 'pass',
  },
  { name: 'no guest has a device', facts: { guests: fact([guest('one', [])]) }, expect: 'skip' },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
