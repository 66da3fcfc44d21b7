import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { known } from '../../src/model/fact.ts'
import type { Action } from '../../src/model/remedy.ts'
import { expand } from '../../src/remedy/index.ts'
import { BLANK, facts, fn, pci, PLATFORMS, runs } from './support.ts'

const ubuntu = PLATFORMS['ubuntu']!
const ROOT = mkdtempSync(join(tmpdir(), 'vfio-doctor-'))
afterAll(() => rmSync(ROOT, { recursive: true, force: true }))

const PATH = '/etc/modprobe.d/vfio.conf'
const correct = (from: string, to: string, path = PATH): Action => ({ do: 'correct-module-name', path, from, to })

describe('a misspelt module', () => {
  test.each(['bash', 'dash'])('is written right by either spelling, twice over, in %s', (shell) => {
    const before =
      '# vfio-pcie\noptions vfio-pcie ids=10de:1b80\nsoftdep nouveau pre: vfio_pcie\noptions my_vfio-pcie x=1\n'
    const file = join(ROOT, 'vfio.conf')
    writeFileSync(file, before)
    const script = runs(expand(correct('vfio_pcie', 'vfio_pci'), ubuntu, BLANK))
      .join('\n')
      .replaceAll('sudo ', '')
      .replaceAll(PATH, file)
    for (const _ of [1, 2]) execFileSync(shell, ['-e'], { input: script })
    expect(readFileSync(file, 'utf8')).toBe(
      '# vfio-pcie\noptions vfio_pci ids=10de:1b80\nsoftdep nouveau pre: vfio_pci\noptions my_vfio-pcie x=1\n',
    )
  })
  test.each([
    [correct('vfio_pcie', 'vfio_pci', '/usr/lib/modprobe.d/x.conf'), ubuntu],
    [correct("x'; reboot; '", 'vfio_pci'), ubuntu],
    [correct('vfio_pcie', '$(reboot)'), ubuntu],
    [correct('vfio_pcie', 'vfio_pci', '/etc/modprobe.d/../shadow'), ubuntu],
    [correct('vfio_pcie', 'vfio_pci'), PLATFORMS['nixos']!],
  ])('is told in words where no command is fit: %j', (action, on) => {
    const { steps } = expand(action, on, BLANK)
    expect(steps.map((one) => one.run)).toEqual([undefined])
  })
})

describe('a tool that spoke', () => {
  const action: Action = { do: 'remove-initramfs-modules', modules: 'vfio_virqfd', tool: 'dracut' }
  test('is the one that is named', () => {
    const typed = JSON.stringify(expand(action, PLATFORMS['generic']!, BLANK))
    expect(typed).toContain('/etc/dracut.conf.d/*.conf')
    expect(typed).not.toMatch(/initramfs-tools|mkinitcpio|update-initramfs/)
  })
  test('says nothing against what is known to make the image', () => {
    expect(runs(expand(action, ubuntu, BLANK)).join('\n')).toContain('update-initramfs')
  })
})

describe('a function to be looked for again', () => {
  const action: Action = { do: 'rescan-device', address: '0000:04:00.0' }
  test.each([
    ['it is there', pci([fn('0000:04:00.0')]), /^echo 1 \| sudo tee \S*04:00\.0\/remove$/m],
    ['the list is not whole', pci([], false), /^test ! -e \S*remove \|\| echo 1 \| sudo tee \S*remove$/m],
  ])('%s', (_, list, remove) => {
    const typed = runs(expand(action, ubuntu, facts({ pci: list }))).join('\n')
    expect(typed).toMatch(remove)
    expect(typed).toContain('/sys/bus/pci/rescan')
  })
  test('the kernel has no device for it', () => {
    const { steps } = expand(action, ubuntu, facts({ pci: pci([fn('0000:05:00.0')]) }))
    expect(steps[0]?.run).toBe('echo 1 | sudo tee /sys/bus/pci/rescan\nlspci -nnks 0000:04:00.0')
  })
})

test('an override is put back as it was', () => {
  const undo = (driver: string): string | undefined => {
    const list = pci([fn('0000:04:00.0', { driverOverride: known(driver, 'test') })])
    return expand({ do: 'clear-driver-override', address: '0000:04:00.0' }, ubuntu, facts({ pci: list })).steps[0]?.undo
  }
  expect(undo('pci-stub')).toMatch(/^echo pci-stub /)
  expect(undo('x; reboot')).toMatch(/^echo vfio-pci /)
})

describe('an option that is to last', () => {
  const image = (content: readonly string[]): ReturnType<typeof facts> =>
    facts({
      initramfs: known(
        {
          tool: 'initramfs-tools' as const,
          image: null,
          configuredModules: [],
          hooks: null,
          content: known(content, 'test'),
          imageTime: known(null, 'test'),
          newestConfigTime: known(null, 'test'),
        },
        'test',
      ),
    })
  const typed = (some: ReturnType<typeof facts>): string =>
    runs(expand({ do: 'unsafe-interrupts' }, ubuntu, some)).join('\n')
  const module = 'usr/lib/modules/6.1.0/kernel/drivers/vfio/vfio_iommu_type1.ko'
  test('goes into an image that loads the module', () => {
    expect(typed(image([module]))).toContain('update-initramfs')
    expect(typed(BLANK)).toContain('update-initramfs')
  })
  test('leaves an image alone that lacks it', () => {
    expect(typed(image(['etc/fstab']))).not.toContain('update-initramfs')
  })
})

test('an image of dracut on Debian reaches what systemd-boot starts', () => {
  const on = { ...PLATFORMS['ubuntu, dracut']!, loader: 'systemd-boot' as const }
  const [run] = runs(expand({ do: 'rebuild-initramfs' }, on, BLANK))
  expect(run).toMatch(/dracut --force .*; sudo kernel-install add "\$\{image#\/boot\/vmlinuz-\}" "\$image"; done$/)
})

test('on Unraid an option is taken out of the files that last', () => {
  const action: Action = { do: 'remove-module-option', module: 'kvm', option: 'ignore_msrs' }
  expect(runs(expand(action, PLATFORMS['unraid']!, BLANK))[0]).toMatch(/^find \/boot\/config\/modprobe\.d /)
})

test('an ostree system is not told to track a file that may be absent', () => {
  const [run] = runs(expand({ do: 'rebuild-initramfs' }, PLATFORMS['silverblue']!, BLANK))
  expect(run).toBe(`test ! -e ${PATH} || sudo rpm-ostree initramfs-etc --track=${PATH}`)
})

test('what is written in the configuration of NixOS is built, once', () => {
  const last = (action: Action): string | undefined => expand(action, PLATFORMS['nixos']!, BLANK).steps.at(-1)?.run
  expect(last({ do: 'grant-group-node', group: '3' })).toBe('sudo nixos-rebuild switch')
  const bound = runs(expand({ do: 'bind-at-boot', addresses: '0000:04:00.0', ids: '' }, PLATFORMS['nixos']!, BLANK))
  expect(bound.filter((one) => one.includes('nixos-rebuild'))).toEqual(['sudo nixos-rebuild boot'])
})
