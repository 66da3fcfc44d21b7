import { describe, expect, test } from 'vitest'
import { check as binding } from '../../checks/binding/driver-binding.ts'
import { check as layers } from '../../checks/kernel/parameter-layers.ts'
import { check as words } from '../../checks/kernel/vfio-parameters.ts'
import { check as order } from '../../checks/modules/driver-order.ts'
import { check as files } from '../../checks/modules/modprobe-files.ts'
import { check as options } from '../../checks/modules/vfio-options.ts'
import { found, tie } from '../../src/diagnose/causes.ts'
import { runCheck } from '../../src/diagnose/run.ts'
import { membership } from '../../src/diagnose/subjects.ts'
import { known, unknown } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { bearsOnEither, bearsOnIds, bearsOnModules } from '../../src/rules/bears-on.ts'
import { candidates } from '../../src/rules/candidates.ts'
import { commandLine, endpoint, facts, modules, pciFacts } from '../support/facts.ts'

const GPU = '0000:01:00.0'
const AUDIO = '0000:01:00.1'
const card = pciFacts([
  endpoint({
    address: GPU,
    vendorId: '10de',
    deviceId: '1b80',
    class: 0x030000,
    driver: 'nouveau',
    kernelModules: ['nvidia-drm', 'nouveau'],
    group: 1,
  }),
  endpoint({
    address: AUDIO,
    vendorId: '10de',
    deviceId: '10f0',
    class: 0x040300,
    driver: 'snd_hda_intel',
    kernelModules: ['snd_hda_intel'],
    group: 1,
  }),
])

function conf(text: string): Facts['modprobe'] {
  return known({ directives: parseModprobe(text, '/etc/modprobe.d/a.conf'), ignored: [], loadAtBoot: [] }, 'test')
}

/** Whom a code explains, of the two functions that are asked for and on their host drivers. */
function explained(code: string, patch: Partial<Facts>): readonly string[] {
  const machine = facts({ ...card, modules: modules({ loadable: ['vfio_pci'] }), ...patch })
  const scope = { asked: [GPU, AUDIO], candidates: candidates(machine, [GPU, AUDIO]) }
  const outcomes = [layers, words, order, files, options, binding].map((one) => runCheck(one, machine, scope))
  const all = found(outcomes)
  expect(all.map((one) => one.finding.code)).toContain(code)
  const tied = tie(all, membership(machine)).filter((one) => one.cause.finding.code === code)
  return tied.flatMap((one) => one.explains).filter((key) => key.startsWith('device-on-host-driver@'))
}
const of = (...addresses: readonly string[]): readonly string[] =>
  addresses.map((one) => `device-on-host-driver@${one}`)

describe('a finding that names modules or ids explains the devices of these alone', () => {
  test.each<readonly [string, string, Partial<Facts>, readonly string[]]>([
    [
      'a dash, sound',
      'module-blacklist-dash',
      { commandLine: commandLine('module_blacklist=snd-hda-intel') },
      of(AUDIO),
    ],
    [
      'a dash, a module that could have it',
      'module-blacklist-dash',
      { commandLine: commandLine('module_blacklist=nvidia-drm') },
      of(GPU),
    ],
    ['a dash, a stranger', 'module-blacklist-dash', { commandLine: commandLine('module_blacklist=b-43') }, of()],
    ['a pattern', 'blacklist-glob', { modprobe: conf('blacklist nou*') }, of(GPU)],
    ['a pattern, a stranger', 'blacklist-glob', { modprobe: conf('blacklist b43*') }, of()],
    [
      'a driver that is built in',
      'softdep-of-builtin',
      {
        modprobe: conf('softdep snd_hda_intel pre: vfio-pci'),
        modules: modules({ builtin: ['snd_hda_intel'], loadable: ['vfio_pci'] }),
      },
      of(AUDIO),
    ],
    [
      'a line without its s, by ids',
      'modprobe-line-not-read',
      { modprobe: conf('option vfio-pci ids=10de:1b80') },
      of(GPU),
    ],
    [
      'a line of unknown form, by module',
      'modprobe-line-not-read',
      { modprobe: conf('soft-dep nouveau pre: vfio-pci') },
      of(GPU),
    ],
    [
      'a line that gives nothing away',
      'modprobe-line-not-read',
      { modprobe: conf('option vfio-pci disable_vga=1') },
      of(),
    ],
    ['torn ids', 'vfio-ids-torn', { commandLine: commandLine('vfio-pci.ids=10de:1b80, 10de:10f0') }, of(AUDIO)],
    [
      'a word that no module reads',
      'vfio-parameter-misspelt',
      { commandLine: commandLine('vfio-pci.disable-vgaa=1') },
      of(),
    ],
    [
      'ids under a name that no module has',
      'vfio-parameter-misspelt',
      { commandLine: commandLine('vfio_pci_ids=10de:1b80') },
      of(GPU),
    ],
    ['ids for another module', 'ids-on-other-module', { modprobe: conf('options vfio ids=10de:10f0') }, of(AUDIO)],
    [
      'ids that a later list hides',
      'ids-hidden-by-later',
      { modprobe: conf('options vfio-pci ids=10de:1b80\noptions vfio-pci ids=10de:10f0') },
      of(GPU),
    ],
    ['a blacklist that waits for the restart', 'parameter-not-booted', waiting('module_blacklist=nouveau'), of(GPU)],
    ['memory that waits for the restart', 'parameter-not-booted', waiting('hugepages=8'), of()],
    ['ids that wait for the restart', 'parameter-not-booted', waiting('vfio-pci.ids=10de:10f0 hugepages=8'), of(AUDIO)],
    [
      'vfio-pci, which waits for the restart',
      'parameter-not-booted',
      waiting('rd.driver.pre=vfio-pci'),
      of(GPU, AUDIO),
    ],
  ])('%s', (_, code, patch, wanted) => expect(explained(code, patch)).toEqual(wanted))
})

function waiting(text: string): Partial<Facts> {
  const { parameters } = parseCommandLine(text)
  const source = { path: '/boot/grub/grub.cfg', loader: 'grub', layer: 'generated', parameters } as const
  return {
    commandLine: commandLine('quiet'),
    boot: known({ efi: true, loader: known('grub', 'test'), sources: [source] }, '/boot'),
  }
}

test('where the devices are not known, any may be meant', () => {
  const blank = { pci: unknown('not-in-paste', 'paste') } as const
  expect(bearsOnModules(blank, () => true)).toEqual({})
  expect(bearsOnIds(blank, '10de:1b80')).toEqual({})
  expect(bearsOnEither([{ devices: [] }, {}])).toEqual({})
  expect(bearsOnEither([{ devices: [GPU] }, { devices: [GPU, AUDIO] }])).toEqual({ devices: [GPU, AUDIO] })
})
