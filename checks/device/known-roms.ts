import { HANGING_ROMS } from '../../src/knowledge/option-roms.ts'
import { defineCheck, missingFrom, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { raise } from '../../src/rules/raise.ts'
import { idOf, readsNothing, sysfs } from '../../src/rules/pci.ts'

type Code = 'rom-hangs-guest' | 'rom-faults-in-guest'

const CODES = { 'rom-faults-in-guest': ['mpt-bios-fault'] } as const

export const check: AnyCheck = defineCheck({
  id: 'known-roms',
  area: 'device',
  title: 'No device hangs that has an option ROM known for that',
  needs: [],
  uses: ['pci', 'messages'],
  problems: {
    'rom-hangs-guest': {
      severity: 'warn',
      family: 'rom-bad',
      title: '{address} has an option ROM that is known to hang a guest',
      summary:
        'The ROM of this model waits in the guest for a lock that it never gets after a reset, and the card answers nothing from then on. QEMU 2.0 and later leave this ROM out unless the definition of the guest asks for it. The card works without it; only booting over the network is lost.',
      proof: "A model of QEMU's list of such ROMs, and a configuration space that reads ff.",
      ruledOut: 'Another model, or a configuration space with plain values.',
      explains: ['device-config-dead'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave the ROM out.',
          xml: "<rom bar='off'/>",
          qemu: '-device vfio-pci,host={address},rombar=0',
          proxmox: 'hostpci0: {address},rombar=0',
        },
        {
          do: 'advise',
          say: 'Switch the machine off and take its power away for some seconds, so that the card answers again.',
        },
        { do: 'upgrade', what: 'qemu' },
      ],
      sources: ['QEMU hw/vfio/pci-quirks.c: rom_denylist'],
    },
    'rom-faults-in-guest': {
      severity: 'fail',
      family: 'rom-bad',
      title: 'The option ROM of the SAS adapter stops in the guest',
      summary:
        'The firmware of the guest runs the ROM of the adapter, which is only there to boot from its disks, and the ROM cannot talk to the adapter there and waits for a key. The guest needs no such ROM: its driver sets the adapter up by itself.',
      proof: 'The words "MPT BIOS Fault" on the console of the guest.',
      ruledOut: 'A guest that starts without the ROM, and hangs all the same.',
      explains: ['guest-start-failed'],
      remedy: [
        {
          do: 'change-guest',
          say: 'Leave the ROM out.',
          xml: "<rom bar='off'/>",
          qemu: '-device vfio-pci,host=ADDRESS,rombar=0',
          proxmox: 'hostpci0: ADDRESS,rombar=0',
        },
      ],
      sources: ['QEMU hw/vfio/pci.c: vfio_pci_size_rom', 'option ROM of LSI and Broadcom SAS adapters'],
    },
  },
  judge({ pci, messages }, scope) {
    const hits: Hit<Code>[] = raise<'rom-faults-in-guest'>(messages, CODES).map((hit) => ({
      ...hit,
      confidence: 'likely',
    }))
    if (pci.state === 'unknown')
      return hits.length > 0
        ? concludeOutput(hits, '')
        : { kind: 'unknown', missing: [missingFrom('the PCI devices', pci)] }
    for (const fn of pci.value.functions) {
      const { address } = fn
      const model = HANGING_ROMS.find((one) => isModel(fn, one))
      // A card that the host keeps may hang for other reasons.
      if (model === undefined || !isDead(fn) || (pci.value.complete && !scope.candidates.has(address))) continue
      const evidence = [
        { source: fn.name.state === 'known' ? fn.name.source : sysfs(address), saw: valueOf(fn.name) ?? model.name },
        { source: fn.revision.source, saw: 'revision ff, or a configuration space of ff', wanted: 'plain values' },
      ] as const
      const subject = { kind: 'device', address } as const
      hits.push({ code: 'rom-hangs-guest', subject, values: { address }, evidence, confidence: 'likely' })
    }
    return concludeOutput(hits, 'no model is here whose option ROM is known to hang a guest, or it answers')
  },
})

function isModel(fn: PciFunction, model: (typeof HANGING_ROMS)[number]): boolean {
  const id = idOf(fn)
  return id === null ? (valueOf(fn.name) ?? '').includes(model.name) : id === `${model.vendor}:${model.device}`
}

function isDead(fn: PciFunction): boolean {
  return readsNothing(fn) || valueOf(fn.config)?.dead === true
}
