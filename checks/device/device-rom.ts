import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import { concludeOutput, onlyIfWanted } from '../../src/rules/conclude.ts'
import { messagesWith } from '../../src/rules/messages.ts'
import { findFunction, isDisplay } from '../../src/rules/pci.ts'
import { raise } from '../../src/rules/raise.ts'

const CODES = {
  'rom-unreadable': [
    'q-rom-cannot-read',
    'q-rom-hint1',
    'q-rom-hint2',
    'q-rom-info',
    'q-rom-read',
    'q-rom-access',
    'sh-rom-eio',
    'sh-rom-eio-here',
  ],
  'rom-signature': ['pci-rom-sig', 'pci-rom-data'],
  'rom-not-enabled': ['sh-rom-einval'],
} as const

type Code = keyof typeof CODES

export const check: AnyCheck = defineCheck({
  id: 'device-rom',
  area: 'device',
  title: 'The ROM of each device to be passed through can be read where it is needed',
  needs: ['messages'],
  uses: ['pci'],
  problems: {
    'rom-unreadable': {
      severity: 'warn',
      family: 'rom-bad',
      title: 'QEMU could not read the ROM of {who}',
      summary:
        'The guest starts without it. Only a graphics card that is to show the firmware of the guest, or a card to boot from, needs its ROM; then give QEMU a copy in a file. The ROM of the card that the host started on is mostly a used copy.',
      proof: 'The message of QEMU, or an input/output error while reading the rom attribute.',
      ruledOut: 'A rom attribute that begins with 55 aa.',
      explains: ['rom-signature'],
      remedy: [
        { do: 'dump-rom', address: '{address}' },
        {
          do: 'change-guest',
          say: 'Give the guest a copy of the ROM of exactly this card, or switch the ROM off where it is not needed.',
          xml: "<rom bar='on' file='/usr/share/vgabios/card.rom'/>",
          qemu: '-device vfio-pci,host=ADDRESS,romfile=/usr/share/vgabios/card.rom',
          proxmox: 'hostpci0: ADDRESS,romfile=card.rom',
        },
      ],
      blocks: 'machine',
      sources: ['QEMU hw/vfio/pci.c: vfio_pci_load_rom', 'drivers/pci/rom.c: pci_get_rom_size'],
    },
    'rom-signature': {
      severity: 'info',
      family: 'rom-bad',
      title: 'The ROM of {who} does not begin as a ROM should',
      summary:
        'Something read the ROM and found no signature: there is none, it is a used copy, or the device did not answer (ff). Cards that show no picture before their driver loads do not mind.',
      proof: 'The kernel line "Invalid PCI ROM header signature".',
      ruledOut: 'A rom attribute that begins with 55 aa.',
      remedy: [{ do: 'dump-rom', address: '{address}' }],
      blocks: 'machine',
      sources: ['drivers/pci/rom.c: pci_get_rom_size'],
    },
    'rom-not-enabled': {
      severity: 'info',
      family: 'rom-bad',
      title: 'The rom attribute was read before it was switched on',
      summary: 'Reading it gives "Invalid argument" until 1 was written to it. That says nothing about the ROM.',
      proof: 'The shell said "Invalid argument" for the rom attribute.',
      ruledOut: 'The same after writing 1.',
      remedy: [{ do: 'dump-rom', address: '{address}' }],
      blocks: 'machine',
      sources: ['drivers/pci/pci-sysfs.c: pci_read_rom'],
    },
  },
  judge(facts, scope) {
    const pci = valueOf(facts.pci)
    const named = messagesWith(facts.messages, 'q-rom-cannot-read').length > 0
    const hits: Hit<Code>[] = []
    for (const hit of raise<Code>(facts.messages, CODES)) {
      // The hints that follow the message name no device, and say nothing of their own.
      if (hit.subject.kind === 'host' && named) continue
      const fn = pci === undefined || hit.subject.kind !== 'device' ? undefined : findFunction(pci, hit.subject.address)
      const idle = fn !== undefined && valueOf(fn.class) !== undefined && !isDisplay(fn)
      hits.push(onlyIfWanted(idle ? { ...hit, severity: 'info' } : hit, facts.pci, scope))
    }
    return concludeOutput(hits, 'nothing that was read complains about a ROM')
  },
})
