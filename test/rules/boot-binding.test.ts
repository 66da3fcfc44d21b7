import { describe, expect, test } from 'vitest'
import { loadedEarlyBy, softdepOnVfio } from '../../src/rules/boot-binding.ts'
import { globMatches } from '../../src/rules/glob.ts'
import type { InitramfsFacts } from '../../src/model/boot.ts'
import { known, unknown } from '../../src/model/fact.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { commandLine, facts } from '../support/facts.ts'

describe('patterns of modprobe.d', () => {
  test.each([
    ['nvidia*', 'nvidia_drm', true],
    ['nvidia*', 'nouveau', false],
    ['*', 'anything', true],
    ['snd_hda_*tel', 'snd_hda_intel', true],
    ['i91?', 'i915', true],
    ['i91?', 'i91', false],
    ['nouveau', 'nouveau', true],
    ['nouveau', 'nouveau2', false],
    ['a*b*c', 'aXbYbZc', true],
    ['', '', true],
  ])('%s fits %s: %s', (pattern, name, fits) => expect(globMatches(pattern, name)).toBe(fits))

  test('a hostile pattern is answered at once', () => {
    const began = performance.now()
    expect(globMatches(`${'*a'.repeat(2000)}b`, 'a'.repeat(4000))).toBe(false)
    expect(performance.now() - began).toBeLessThan(2000)
  })
})

test('a softdep counts where it draws vfio in', () => {
  const lines = parseModprobe('softdep nvidia* pre: vfio-pci\nsoftdep nouveau post: vfio-pci', 'x.conf')
  expect(softdepOnVfio(lines, 'nvidia_drm')?.line).toBe(1)
  expect(softdepOnVfio(lines, 'nouveau')).toBeUndefined()
})

describe('what loads vfio-pci early', () => {
  const asked = (source: string) =>
    facts({
      initramfs: known<InitramfsFacts>(
        {
          tool: null,
          image: null,
          configuredModules: [{ module: 'vfio_pci', source }],
          hooks: null,
          content: unknown('no-tool', 'image'),
          imageTime: known(null, 'image'),
          newestConfigTime: known(null, 'conf'),
        },
        'initramfs',
      ),
    })
  test.each([
    ['/etc/dracut.conf.d/a.conf: force_drivers', true],
    ['/etc/dracut.conf.d/a.conf: add_drivers', false],
    ['/etc/booster.yaml: modules', false],
    ['/etc/booster.yaml: modules_force_load', true],
    ['/etc/mkinitcpio.conf: MODULES', true],
    ['/etc/initramfs-tools/modules', true],
  ])('%s: %s', (source, early) => expect(loadedEarlyBy(asked(source)) !== undefined).toBe(early))

  test('rd.driver.pre', () => {
    expect(loadedEarlyBy(facts({ commandLine: commandLine('rd.driver.pre=vfio-pci') }))).toBe('/proc/cmdline')
    expect(loadedEarlyBy(facts())).toBeUndefined()
  })
})
