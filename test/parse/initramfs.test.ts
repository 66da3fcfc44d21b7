import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBooster, parseDracut, parseMkinitcpio } from '../../src/parse/initramfs-conf.ts'
import { parseInitramfsListing, toolOfContent } from '../../src/parse/initramfs-listing.ts'

test('mkinitcpio: arrays over several lines, comments, drop-ins', () => {
  const files = [
    { path: 'm', text: '# MODULES=(no)\nMODULES=(vfio-pci # first\n  vfio? )\nHOOKS=(base udev modconf block)\n' },
    { path: 'd', text: 'MODULES+=(amdgpu)\n' },
  ]
  expect(parseMkinitcpio(files)).toEqual({
    modules: [
      { module: 'vfio_pci', source: 'm: MODULES' },
      { module: 'vfio', source: 'm: MODULES' },
      { module: 'amdgpu', source: 'd: MODULES' },
    ],
    hooks: ['base', 'udev', 'modconf', 'block'],
  })
})

test('mkinitcpio: the old form, a text', () => {
  expect(parseMkinitcpio([{ path: 'm', text: 'MODULES="a b"\nHOOKS="base kms"' }])).toEqual({
    modules: [
      { module: 'a', source: 'm: MODULES' },
      { module: 'b', source: 'm: MODULES' },
    ],
    hooks: ['base', 'kms'],
  })
})

test('dracut: loaded early, or only put in', () => {
  const files = [
    { path: 'a', text: 'add_drivers+=" vfio-pci "\n' },
    { path: 'b', text: 'force_drivers+=" vfio_pci vfio "\n' },
  ]
  expect(parseDracut(files)).toEqual([
    { module: 'vfio_pci', source: 'b: force_drivers' },
    { module: 'vfio', source: 'b: force_drivers' },
    { module: 'vfio_pci', source: 'a: add_drivers' },
  ])
})

test('booster', () => {
  const text = 'compression: zstd\nmodules: -*,nvme # x\nmodules_force_load: vfio-pci, vfio\nvfio: no\n'
  expect(parseBooster(text, 'b')).toEqual([
    { module: 'nvme', source: 'b: modules' },
    { module: 'vfio_pci', source: 'b: modules_force_load' },
    { module: 'vfio', source: 'b: modules_force_load' },
  ])
})

describe('listings', () => {
  test('lsinitramfs and lsinitcpio print names', () => {
    expect(parseInitramfsListing('.\nkernel\n./etc/modprobe.d/vfio.conf\n/usr/lib/x.ko\n')).toEqual([
      'kernel',
      'etc/modprobe.d/vfio.conf',
      'usr/lib/x.ko',
    ])
  })

  test('lsinitrd prints a head, then long lines', () => {
    const text = `Image: /boot/initramfs-6.8.0.img: 34M
========================================================================
Version: dracut-059
dracut modules:
systemd
========================================================================
drwxr-xr-x   3 root     root            0 Jan  1  1970 .
crw-r--r--   1 root     root       5,   1 Jan  1  1970 dev/console
lrwxrwxrwx   1 root     root            7 Jan  1  1970 bin -> usr/bin
-rw-r--r--   1 root     root        26404 Mar 12 10:20 usr/lib/modules/6.8.0/kernel/drivers/vfio/pci/vfio-pci.ko.xz
`
    expect(parseInitramfsListing(text)).toEqual([
      '.',
      'dev/console',
      'bin',
      'usr/lib/modules/6.8.0/kernel/drivers/vfio/pci/vfio-pci.ko.xz',
    ])
  })

  test.each([
    [['init', 'usr/lib/dracut/build-parameter.txt'], 'dracut'],
    [['lib/dracut/hooks'], 'dracut'],
    [['conf/initramfs.conf'], 'initramfs-tools'],
    [['buildconfig', 'init'], 'mkinitcpio'],
    [['etc/booster.init.yaml'], 'booster'],
    [['init'], null],
  ])('made by: %j', (paths, wanted) => {
    expect(toolOfContent(paths)).toBe(wanted)
  })

  test('never throw', () => {
    const unit = fc.constantFrom(
      '-rw-r--r--',
      ' 1 root root',
      ' 12',
      ' Jan 1',
      ' 1970 ',
      'a/b',
      '\n',
      '->',
      'modules: ',
      '(',
    )
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const files = [{ path: 'f', text }]
        expect(() => [
          parseInitramfsListing(text),
          parseBooster(text, 'b'),
          parseDracut(files),
          parseMkinitcpio(files),
        ]).not.toThrow()
      }),
    )
  })
})
