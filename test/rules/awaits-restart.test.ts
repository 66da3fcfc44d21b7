import { describe, expect, test } from 'vitest'
import { awaitsRestart, changedSinceBoot } from '../../src/rules/awaits-restart.ts'
import type { InitramfsFacts } from '../../src/model/boot.ts'
import { known, unknown } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { commandLine, endpoint, environment, fact, facts, messages, modules } from '../support/facts.ts'

const BOOTED = 1_700_000_000
const LATER = BOOTED + 5000
const PATH = '/etc/modprobe.d/vfio.conf'
const ORDER = '/etc/modprobe.d/order.conf'
const IDS = 'options vfio-pci ids=10de:1b80'
const SOFTDEP = 'softdep nouveau pre: vfio-pci'
const gpu = endpoint({ address: '0000:01:00.0', vendorId: '10de', deviceId: '1b80', driver: 'nouveau' })

const conf = (text: string, more = '', loadAtBoot: readonly string[] = []) =>
  fact({
    directives: [...parseModprobe(text, PATH), ...parseModprobe(more, ORDER)],
    ignored: [],
    loadAtBoot: loadAtBoot.map((module) => ({ module, path: '/etc/modules' })),
  })
const image = (patch: Partial<InitramfsFacts> = {}) =>
  fact<InitramfsFacts>({
    tool: 'initramfs-tools',
    image: '/boot/initrd.img',
    configuredModules: [],
    hooks: null,
    content: unknown('denied', '/boot/initrd.img'),
    imageTime: known(LATER + 100, '/boot/initrd.img'),
    newestConfigTime: known({ path: PATH, time: LATER }, PATH),
    configTimes: [{ path: PATH, time: LATER }],
    clock: known({ booted: BOOTED, now: LATER + 1000 }, '/proc/stat'),
    ...patch,
  })
const times = (vfio: number, order: number) => ({
  configTimes: [
    { path: PATH, time: vfio },
    { path: ORDER, time: order },
  ],
})
const listing = (...paths: readonly string[]) => ({ content: known(paths, 'lsinitramfs') })
const BOTH = ['usr/lib/modules/6.8/nouveau.ko', 'usr/lib/modules/6.8/vfio-pci.ko.zst'] as const

const machine = (patch: Partial<Facts>) =>
  facts({
    modprobe: conf(`${IDS}\n${SOFTDEP}`),
    commandLine: commandLine('quiet'),
    modules: modules({ loaded: ['nouveau'], loadable: ['vfio_pci', 'nouveau'] }),
    initramfs: image(),
    ...patch,
  })
const loaded = modules({ loaded: ['vfio_pci', 'nouveau'] })
const added = messages(['vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000'])

describe('a restart is what is left to do', () => {
  test.each<[string, Partial<Facts>]>([
    ['an image made after the file, not listed', {}],
    ['a listed image that holds the file', { initramfs: image(listing(...BOTH, 'etc/modprobe.d/vfio.conf')) }],
    [
      'an old image without either driver',
      { initramfs: image({ ...listing('etc/fstab'), imageTime: known(BOOTED - 9, '/boot/initrd.img') }) },
    ],
    [
      'only the softdep is new, and vfio-pci was loaded by hand',
      { modprobe: conf(IDS, SOFTDEP), modules: loaded, messages: added, initramfs: image(times(BOOTED - 9, LATER)) },
    ],
    [
      'only the ids are new, and vfio-pci was loaded without them',
      { modprobe: conf(IDS, SOFTDEP), modules: loaded, initramfs: image(times(LATER, BOOTED - 9)) },
    ],
    [
      'the list of initramfs-tools in place of a softdep',
      {
        modprobe: conf(IDS),
        initramfs: image({
          configuredModules: [{ module: 'vfio_pci', source: '/etc/initramfs-tools/modules' }],
          configTimes: [
            { path: PATH, time: LATER },
            { path: '/etc/initramfs-tools/modules', time: LATER },
          ],
        }),
      },
    ],
    ['a blacklist and the list of /etc/modules', { modprobe: conf(`${IDS}\nblacklist nouveau`, '', ['vfio_pci']) }],
    [
      'a clock of the host that was not recorded',
      { initramfs: image({ clock: known({ booted: BOOTED, now: null }, '/proc/stat') }) },
    ],
  ])('%s', (_name, patch) => expect(awaitsRestart(gpu, machine(patch))?.path).toMatch(/^\/etc\//))
})

describe('something else is left to do, or it cannot be told', () => {
  test.each<[string, Partial<Facts>]>([
    ['when the boot began was not read', { initramfs: image({ clock: unknown('denied', '/proc/stat') }) }],
    [
      'a capture from before times were read',
      {
        initramfs: (({ clock: _clock, configTimes: _times, ...old }) => fact<InitramfsFacts>(old))(
          (image() as { value: InitramfsFacts }).value,
        ),
      },
    ],
    ['the initramfs was not read', { initramfs: unknown('denied', '/boot') }],
    ['a file older than the boot', { initramfs: image({ configTimes: [{ path: PATH, time: BOOTED - 1 }] }) }],
    ['a file of the early boot', { initramfs: image({ configTimes: [{ path: PATH, time: BOOTED + 60 }] }) }],
    ['a file from the future', { initramfs: image({ configTimes: [{ path: PATH, time: LATER + 9000 }] }) }],
    ['an image older than the file', { initramfs: image({ imageTime: known(BOOTED - 9, '/boot/initrd.img') }) }],
    ['no image found', { initramfs: image({ imageTime: known(null, '/boot') }) }],
    ['an image without the file', { initramfs: image(listing(...BOTH)) }],
    ['an image with the host driver alone', { initramfs: image(listing(BOTH[0], 'etc/modprobe.d/vfio.conf')) }],
    ['mkinitcpio without modconf', { initramfs: image({ tool: 'mkinitcpio', hooks: ['base', 'kms'] }) }],
    ['nothing puts vfio-pci first', { modprobe: conf(IDS) }],
    ['a blacklist alone', { modprobe: conf(`${IDS}\nblacklist nouveau`) }],
    [
      'an older blacklist, which this boot did not heed',
      {
        modprobe: conf(IDS, 'blacklist nouveau', ['vfio_pci']),
        modules: loaded,
        initramfs: image(times(LATER, BOOTED - 9)),
      },
    ],
    [
      'an older softdep, which loaded nothing',
      { modprobe: conf(IDS, SOFTDEP), initramfs: image(times(LATER, BOOTED - 9)) },
    ],
    [
      'an older softdep, and ids that this boot had',
      {
        modprobe: conf(IDS, SOFTDEP),
        modules: loaded,
        messages: added,
        initramfs: image(times(LATER, BOOTED - 9)),
      },
    ],
    [
      'the host driver in front in the list of the image',
      {
        modprobe: conf(IDS),
        initramfs: image({
          configuredModules: ['nouveau', 'vfio_pci'].map((module) => ({ module, source: PATH })),
        }),
      },
    ],
    ['a built-in host driver', { modules: modules({ builtin: ['nouveau'], loadable: ['vfio_pci'] }) }],
    ['a built-in vfio-pci', { modules: modules({ builtin: ['vfio_pci'], loaded: ['nouveau'] }) }],
    ['an install line', { modprobe: conf(`${IDS}\n${SOFTDEP}\ninstall vfio-pci /bin/true`) }],
    ['a container, whose start is not that of the host', { environment: environment({ container: 'lxc' }) }],
  ])('%s', (_name, patch) => expect(awaitsRestart(gpu, machine(patch))).toBeUndefined())
})

test('a line is looked up by its file, and not by a file whose name begins alike', () => {
  const one = machine({ initramfs: image({ configTimes: [{ path: '/etc/modprobe.d/v', time: LATER }] }) })
  expect(changedSinceBoot('/etc/modprobe.d/v:3', one)).toBe(LATER)
  expect(changedSinceBoot('/etc/modprobe.d/v.conf:3', one)).toBeUndefined()
})
