import { describe, expect, test } from 'vitest'
import { collectInitramfs } from '../../src/collect/initramfs.ts'
import { collectModprobe } from '../../src/collect/modprobe.ts'
import type { InitramfsFacts } from '../../src/model/boot.ts'
import { memoryHost, type Entry, type MemoryHostOptions } from '../support/memory-host.ts'

const RELEASE = { '/proc/sys/kernel/osrelease': '6.8.0-1-lts\n', '/proc/cmdline': 'quiet\n' }
const at = (modified: number, text = '', mode = 0o644): Entry => ({ stat: { modified, mode }, text })

async function initramfs(
  files: Record<string, Entry>,
  programs: MemoryHostOptions['programs'] = {},
  uid = 0,
): Promise<InitramfsFacts> {
  const host = memoryHost({ files: { ...RELEASE, ...files }, programs, uid })
  const fact = await collectInitramfs(host, collectModprobe(host))
  if (fact.state === 'unknown') throw new Error(`unknown: ${fact.source}`)
  return fact.value
}

const DEBIAN = {
  '/usr/sbin/mkinitramfs': '',
  '/boot/initrd.img-6.8.0-1-lts': at(100),
  '/etc/initramfs-tools/modules': at(50, '# list\nvfio-pci\n'),
  '/etc/modprobe.d/vfio.conf': at(200, 'options vfio-pci ids=1:2'),
  '/run/modprobe.d/x.conf': at(900),
}

describe('collectInitramfs', () => {
  test('Debian: the configuration is younger than the image', async () => {
    const facts = await initramfs(DEBIAN, {
      'lsinitramfs /boot/initrd.img-6.8.0-1-lts': 'conf/initramfs.conf\netc/modprobe.d/vfio.conf\n',
    })
    expect(facts).toEqual({
      tool: 'initramfs-tools',
      image: '/boot/initrd.img-6.8.0-1-lts',
      configuredModules: [{ module: 'vfio_pci', source: '/etc/initramfs-tools/modules' }],
      hooks: null,
      content: {
        state: 'known',
        value: ['conf/initramfs.conf', 'etc/modprobe.d/vfio.conf'],
        source: 'lsinitramfs /boot/initrd.img-6.8.0-1-lts',
      },
      imageTime: { state: 'known', value: 100, source: '/boot/initrd.img-6.8.0-1-lts' },
      newestConfigTime: {
        state: 'known',
        value: { path: '/etc/modprobe.d/vfio.conf', time: 200 },
        source: '/etc/modprobe.d/vfio.conf',
      },
      configTimes: [
        { path: '/etc/initramfs-tools/modules', time: 50 },
        { path: '/etc/modprobe.d/vfio.conf', time: 200 },
      ],
      clock: { state: 'unknown', reason: 'absent', source: '/proc/stat' },
    })
  })

  test('when this boot began, beside the clock of the host', async () => {
    const facts = await initramfs({ ...DEBIAN, '/proc/stat': 'cpu  1 2 3\nintr 9 0\nbtime 1767220000\n' })
    expect(facts.clock).toEqual({
      state: 'known',
      value: { booted: 1_767_220_000, now: 1_767_225_600 },
      source: '/proc/stat',
    })
  })

  test('a /proc/stat without btime', async () => {
    const facts = await initramfs({ ...DEBIAN, '/proc/stat': 'cpu  1 2 3\n' })
    expect(facts.clock).toMatchObject({ state: 'unknown', reason: 'unreadable' })
  })

  test.each([
    ['/etc/modprobe.d/graphics.conf', 'blacklist i915', true],
    ['/etc/modprobe.d/graphics.conf', 'blacklist pcspkr', false],
    ['/usr/lib/modprobe.d/graphics.conf', 'blacklist i915', false],
  ])('the times where %s says %s', async (path, text, wanted) => {
    const facts = await initramfs({ '/usr/sbin/mkinitramfs': '', '/proc/stat': 'btime 1767220000\n', [path]: text })
    expect(facts.clock !== undefined).toBe(wanted)
  })

  test('where nothing asks for vfio, nor bars a driver of graphics cards, no time is read', async () => {
    const facts = await initramfs({ '/usr/sbin/mkinitramfs': '', '/proc/stat': 'btime 1767220000\n' })
    expect(facts.clock).toBeUndefined()
  })

  test('an image that only root may read is not listed', async () => {
    const files = { ...DEBIAN, '/boot/initrd.img-6.8.0-1-lts': at(100, '', 0o600) }
    const facts = await initramfs(files, { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': 'x\n' }, 1000)
    expect(facts.content).toMatchObject({ state: 'unknown', reason: 'denied' })
    expect(facts.imageTime).toMatchObject({ state: 'known', value: 100 })
  })

  test.each<[string, MemoryHostOptions['programs'], string]>([
    ['slow', { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': { error: 'timeout' } }, 'timeout'],
    ['absent', {}, 'no-tool'],
    ['failing', { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': { status: 1 } }, 'unreadable'],
    ['silent', { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': '\n' }, 'unreadable'],
    ['endless', { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': { stdout: 'a\n', truncated: true } }, 'unreadable'],
  ])('a lister that is %s', async (_, programs, reason) => {
    expect((await initramfs(DEBIAN, programs)).content).toMatchObject({ state: 'unknown', reason })
  })

  test('nothing asks for vfio: not listed', async () => {
    const files = { '/usr/sbin/mkinitramfs': '', '/boot/initrd.img-6.8.0-1-lts': at(100) }
    const facts = await initramfs(files, { 'lsinitramfs /boot/initrd.img-6.8.0-1-lts': 'x\n' })
    expect(facts.content).toMatchObject({ state: 'unknown', reason: 'not-collected' })
    expect(facts.newestConfigTime).toMatchObject({ state: 'known', value: null })
  })

  test('two tools: the content tells which one it was', async () => {
    const files = {
      '/usr/bin/dracut': '',
      '/usr/bin/mkinitcpio': '',
      '/etc/mkinitcpio.conf': 'HOOKS=(base modconf)\n',
      '/etc/dracut.conf.d/vfio.conf': 'force_drivers+=" vfio_pci "\n',
      '/usr/lib/dracut/dracut.conf.d/vfio.conf': 'force_drivers+=" hidden "\n',
      '/lib/modules/6.8.0-1-lts/pkgbase': 'linux-lts\n',
      '/boot/initramfs-linux-lts.img': at(100),
    }
    const unsure = await initramfs(files)
    expect(unsure.tool).toBe(null)
    expect(unsure.hooks).toEqual(['base', 'modconf'])
    expect(unsure.configuredModules).toEqual([
      { module: 'vfio_pci', source: '/etc/dracut.conf.d/vfio.conf: force_drivers' },
    ])
    const sure = await initramfs(files, { 'lsinitcpio /boot/initramfs-linux-lts.img': 'buildconfig\ninit\n' })
    expect(sure.tool).toBe('mkinitcpio')
  })

  test.each<[string, Record<string, Entry>]>([
    ['/boot/initramfs-6.8.0-1-lts.img', {}],
    ['/boot/initrd-6.8.0-1-lts', {}],
    ['/boot/initramfs-lts', {}],
    ['/boot/initramfs-6.8-x86_64.img', {}],
    ['/lib/modules/6.8.0-1-lts/initramfs.img', {}],
    [
      '/efi/0123456789abcdef0123456789abcdef/6.8.0-1-lts/initrd',
      { '/etc/machine-id': '0123456789abcdef0123456789abcdef\n' },
    ],
    ['/boot/efi/EFI/a/initrd.img', { '/proc/cmdline': 'initrd=\\ucode.img initrd=\\EFI\\a\\initrd.img\n' }],
  ])('%s', async (path, files) => {
    expect((await initramfs({ ...files, [path]: at(7) })).image).toBe(path)
  })

  test('no image', async () => {
    const facts = await initramfs({})
    expect(facts.image).toBe(null)
    expect(facts.imageTime).toEqual({ state: 'known', value: null, source: '/boot' })
    expect(facts.tool).toBe(null)
  })

  test('a configuration that may not be read leaves the whole unknown', async () => {
    const files = { ...RELEASE, '/usr/bin/mkinitcpio': '', '/etc/mkinitcpio.conf': { error: 'denied' as const } }
    const host = memoryHost({ files })
    expect(await collectInitramfs(host, collectModprobe(host))).toMatchObject({
      state: 'unknown',
      reason: 'denied',
      source: '/etc/mkinitcpio.conf',
    })
  })
})
