import { check } from '../../../checks/device/device-rom.ts'
import { checkTable } from '../../support/check-table.ts'
import { endpoint, pciFacts, messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'QEMU cannot read the ROM, and its hints say nothing new',
    facts: {
      messages: messages([
        'qemu-system-x86_64: vfio-pci: Cannot read device rom at 0000:01:00.0',
        'Device option ROM contents are probably invalid (check dmesg).',
      ]),
    },
    expect: ['rom-unreadable@0000:01:00.0'],
    severity: 'warn',
  },
  {
    name: 'the ROM has no signature',
    facts: {
      messages: messages(['vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting 0xaa55, got 0xffff']),
    },
    expect: ['rom-signature@0000:01:00.0'],
  },
  {
    name: 'the attribute was not switched on',
    facts: { messages: messages(['cat: /sys/bus/pci/devices/0000:01:00.0/rom: Invalid argument']) },
    expect: ['rom-not-enabled@0000:01:00.0'],
  },
  {
    name: 'the ROM could not be read, in the directory of some device',
    facts: { messages: messages(['cat: rom: Input/output error']) },
    expect: ['rom-unreadable@host'],
    severity: 'warn',
  },
  {
    name: 'another file of such a name',
    facts: { messages: messages(['cat: cdrom: Input/output error']) },
    expect: 'skip',
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'a network card does without its ROM',
    facts: {
      ...pciFacts([endpoint({ address: '0000:01:00.0', group: 1, driver: 'vfio-pci' })]),
      messages: messages(['qemu-system-x86_64: vfio-pci: Cannot read device rom at 0000:01:00.0']),
    },
    expect: ['rom-unreadable'],
    severity: 'info',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
