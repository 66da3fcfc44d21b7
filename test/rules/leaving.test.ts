import { expect, test } from 'vitest'
import type { BootFacts, Loader, ParameterSource } from '../../src/model/boot.ts'
import { known, unknown } from '../../src/model/fact.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { leaving } from '../../src/rules/parameter-layers.ts'

const [off] = parseCommandLine('intel_iommu=off').parameters

function at(path: string, loader: Loader, layer: ParameterSource['layer'], line: string): ParameterSource {
  return { path, loader, layer, parameters: parseCommandLine(line).parameters }
}

function boot(loader: BootFacts['loader'], ...sources: readonly ParameterSource[]): BootFacts {
  return { efi: true, loader, sources }
}

const grub = known<Loader>('grub', 'test')
const written = (line: string) => at('/etc/default/grub', 'grub', 'configured', line)
const made = (line: string) => at('/boot/grub/grub.cfg', 'grub', 'generated', line)

test.each<[string, BootFacts, string | undefined]>([
  ['still written', boot(grub, written('quiet intel_iommu=off'), made('quiet intel_iommu=off')), undefined],
  ['taken out, and carried to the loader', boot(grub, written('quiet'), made('quiet')), 'gone'],
  ['taken out, and not carried', boot(grub, written('quiet'), made('quiet intel_iommu=off')), 'not-generated'],
  ['typed in at the menu, for one start', boot(grub, made('quiet')), 'gone'],
  ['what the loader reads was not seen', boot(grub, written('quiet')), undefined],
  ['the loader is not known', boot(unknown('unreadable', 'test'), written('quiet'), made('quiet')), undefined],
  [
    'an addon of the unified kernel image has it still',
    boot(
      known<Loader>('uki', 'test'),
      at('/efi/a.efi.extra.d/x.addon.efi', 'uki', 'configured', 'intel_iommu=off'),
      at('/efi/a.efi with x.addon.efi', 'uki', 'generated', 'quiet intel_iommu=off'),
    ),
    undefined,
  ],
  [
    'a file could not be read',
    { ...boot(grub, written('quiet'), made('quiet')), unread: [{ path: '/boot', reason: 'denied' }] },
    undefined,
  ],
  [
    'the file of another loader has it',
    boot(grub, written('quiet'), made('quiet'), at('/etc/kernel/cmdline', 'uki', 'configured', 'intel_iommu=off')),
    'gone',
  ],
  [
    'an entry that may start has it',
    boot(known<Loader>('limine', 'test'), {
      ...at('/boot/limine.conf', 'limine', 'generated', 'quiet'),
      perhaps: parseCommandLine('intel_iommu=off').parameters,
    }),
    undefined,
  ],
  [
    'an entry that may be written by hand has it',
    boot(
      known<Loader>('systemd-boot', 'test'),
      at('/etc/kernel/cmdline', 'systemd-boot', 'configured', 'quiet'),
      at('/boot/loader/entries/arch.conf', 'systemd-boot', 'generated', 'quiet intel_iommu=off'),
    ),
    undefined,
  ],
])('%s', (_name, facts, stage) => {
  expect(leaving(off!, facts)?.stage).toBe(stage)
})
