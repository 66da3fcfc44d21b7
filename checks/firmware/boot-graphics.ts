import { defineCheck, type AnyCheck, type Hit } from '../../src/model/check.ts'
import { valueOf } from '../../src/model/fact.ts'
import type { PciFunction } from '../../src/model/pci.ts'
import { foreign } from '../../src/rules/architecture.ts'
import { findFunction, idOf, isDisplay, sysfs } from '../../src/rules/pci.ts'

type Code = 'legacy-boot-graphics' | 'bar-enlarged'

const USUAL = 256n << 20n

export const check: AnyCheck = defineCheck({
  id: 'boot-graphics',
  area: 'firmware',
  title: 'Firmware left a graphics card for a guest as a guest can use it',
  needs: ['pci'],
  uses: ['boot', 'kernel', 'cpu', 'environment'],
  problems: {
    'legacy-boot-graphics': {
      severity: 'info',
      family: 'rom-bad',
      title: '{address} was started by the old VGA BIOS, for this host boots without UEFI',
      summary:
        'The host booted in legacy mode (CSM) and used this card for its screen. The kernel then shows the shadow copy of the ROM, which the VGA BIOS has changed, and a guest may get a black screen from it. If it does: boot the host by UEFI, make another card the primary display, or give the guest a ROM file.',
      proof: 'No /sys/firmware/efi, and boot_vga is 1 for a card that is to be passed through.',
      ruledOut: 'A host booted by UEFI, or another card as boot_vga.',
      remedy: [
        { do: 'enable-firmware-setting', setting: 'primary-display' },
        { do: 'dump-rom', address: '{address}' },
      ],
      sources: ['arch/x86/pci/fixup.c: pci_fixup_video', 'Documentation/ABI/testing/sysfs-bus-pci: boot_vga'],
    },
    'bar-enlarged': {
      severity: 'info',
      family: 'guest-config',
      title: 'BAR {bar} of {address} is {size} MiB, more than it needs (Resizable BAR)',
      summary:
        'Firmware made it so large, or the driver that the host had on it, or the card is made so. Passthrough works with it where the guest has room: UEFI firmware and a 64-bit window that is large enough. If the guest hangs at start or its driver reports Code 43, try the card with the small BAR. Intel Arc cards want the large one.',
      proof: 'A memory BAR above 256 MiB, and the Resizable BAR capability.',
      ruledOut: 'A BAR of 256 MiB or less.',
      remedy: [
        {
          do: 'advise',
          say: 'Leave it as it is while the guest starts; if not, switch Resizable BAR off in firmware and compare.',
        },
      ],
      sources: ['PCIe base specification 7.8.6 (Resizable BAR)', 'drivers/pci/rebar.c'],
    },
  },
  judge(facts, scope) {
    const cards = [...scope.candidates.keys()]
      .map((address) => findFunction(facts.pci.value, address))
      .filter((fn): fn is PciFunction => fn !== undefined && isDisplay(fn))
    if (cards.length === 0) return { kind: 'skip', because: 'no graphics card is to be passed through' }
    // Only PCs have a VGA BIOS, and a container may be shown an empty /sys/firmware.
    const pc = foreign(facts) === undefined && (valueOf(facts.environment)?.container ?? null) === null
    const legacy = pc && facts.boot.state === 'known' && facts.boot.source !== 'paste' && !facts.boot.value.efi
    const hits: Hit<Code>[] = []
    for (const fn of cards) {
      const { address } = fn
      const subject = { kind: 'device', address } as const
      if (legacy && valueOf(fn.bootVga) === true)
        hits.push({
          code: 'legacy-boot-graphics',
          subject,
          values: { address },
          confidence: 'possible',
          evidence: [
            { source: '/sys/firmware/efi', saw: 'not there', wanted: 'a host booted by UEFI' },
            { source: sysfs(address, 'boot_vga'), saw: '1' },
          ],
        })
      const config = valueOf(fn.config)
      const resizable = config === undefined ? undefined : valueOf(config.rebar)
      // A card that offers no smaller size was not enlarged by firmware.
      const large = (resizable ?? []).find(
        (one) => BigInt(one.size) > USUAL && one.sizes.some((size) => size < one.size),
      )
      if (large !== undefined && idOf(fn)?.startsWith('8086:') === false)
        hits.push({
          code: 'bar-enlarged',
          subject,
          values: { address, bar: String(large.index), size: String(BigInt(large.size) >> 20n) },
          confidence: 'possible',
          evidence: [
            {
              source: sysfs(address, 'config'),
              saw: `Resizable BAR: BAR ${large.index} is ${BigInt(large.size) >> 20n} MiB`,
            },
          ],
        })
    }
    const [first, ...rest] = hits
    if (first !== undefined) return { kind: 'hits', hits: [first, ...rest] }
    const shown = cards.flatMap((fn) => {
      const started = !pc || valueOf(fn.bootVga) === false || (facts.boot.state === 'known' && facts.boot.value.efi)
      const said = [...(started ? ['not started by a VGA BIOS'] : []), ...(isUsual(fn) ? ['no BAR was enlarged'] : [])]
      return said.length === 0 ? [] : [`${fn.address}: ${said.join(', ')}`]
    })
    if (shown.length === 0) return { kind: 'skip', because: 'neither how the card was started nor its BARs are shown' }
    return { kind: 'pass', evidence: [{ source: facts.pci.source, saw: shown.join('; ') }] }
  },
})

/** No BAR is larger than a card without the capability has, or the capability was read and says so. */
function isUsual(fn: PciFunction): boolean {
  const config = valueOf(fn.config)
  const bars = (valueOf(fn.resources) ?? []).filter((one) => one.kind === 'memory' && one.index < 6)
  return (
    (config !== undefined && valueOf(config.rebar) !== undefined) ||
    (bars.length > 0 && bars.every((one) => one.size <= USUAL))
  )
}
