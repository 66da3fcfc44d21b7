import { HANGING_ROMS } from '../../src/knowledge/option-roms.ts'
import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { concludeOutput } from '../../src/rules/conclude.ts'
import { idOf, readsNothing, sysfs } from '../../src/rules/pci.ts'

type Code = 'rom-hangs-guest'

export const check: AnyCheck = defineCheck({
  id: 'known-roms',
  area: 'device',
  title: 'No device hangs that has an option ROM known for that',
  needs: ['pci'],
  uses: [],
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
  },
  judge({ pci }, scope) {
    const hits: Hit<Code>[] = []
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
