import { check } from '../../../checks/guest/guest-rom.ts'
import { checkTable } from '../../support/check-table.ts'
import { messages } from '../../support/facts.ts'

checkTable(check, [
  {
    name: 'the file is missing',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0,romfile=gpu.rom: failed to find romfile "gpu.rom"',
      ]),
    },
    expect: ['rom-file-missing'],
  },
  {
    name: 'the file is closed',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0,romfile=/r.rom: failed to load romfile "/r.rom"',
      ]),
    },
    expect: ['rom-file-denied'],
  },
  {
    name: 'a dump that was broken off',
    facts: { messages: messages(['        PCIR: revision 0, vendor revision: 1', 'Error, ran off the end']) },
    expect: ['rom-file-incomplete'],
    severity: 'warn',
  },
  {
    name: 'a dump that failed',
    facts: { messages: messages(['Error, zero sized ROM file']) },
    expect: ['rom-file-incomplete'],
  },
  {
    name: 'a second dump is whole',
    facts: { messages: messages(['Error, ran off the end', '        Last image']) },
    expect: 'skip',
  },
  {
    name: 'a whole dump first, and then one that is not',
    facts: { messages: messages(['        Last image', 'Error, ran off the end']) },
    expect: ['rom-file-incomplete'],
  },
  {
    name: 'the file is empty',
    facts: {
      messages: messages([
        'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0,romfile=/r.rom: romfile "/r.rom" is empty',
      ]),
    },
    expect: ['rom-file-unfit'],
  },
  {
    name: 'a file and no BAR',
    facts: { messages: messages(['error: XML error: ROM tuning is not supported when ROM is disabled']) },
    expect: ['rom-without-bar@host'],
  },
  {
    name: 'a ROM that QEMU leaves out',
    facts: {
      messages: messages([
        'qemu-system-x86_64: Rom loading for device at 0000:01:00.0 has been disabled due to system instability issues',
      ]),
    },
    expect: ['rom-denylisted'],
    severity: 'info',
  },
  {
    name: 'a message about something else',
    facts: { messages: messages(['pci 0000:00:01.0: PME# supported from D0 D3hot D3cold']) },
    expect: 'skip',
  },
  {
    name: 'a ROM that QEMU leaves out, and that the definition asks for',
    facts: {
      messages: messages([
        'qemu-system-x86_64: warning: Device at 0000:01:00.0 is known to cause system instability issues during option rom execution',
      ]),
    },
    expect: ['rom-denylist-overruled@0000:01:00.0'],
    severity: 'warn',
  },
  { name: 'nothing was read', facts: {}, expect: 'unknown' },
])
