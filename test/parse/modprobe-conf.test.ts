import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { moduleOfPath, modulesOfList, parseProcModules } from '../../src/parse/module-name.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { parseModulesList } from '../../src/parse/modules-list.ts'

const PATH = '/etc/modprobe.d/vfio.conf'
const at = (line: number) => ({ path: PATH, line })

describe('parseModprobe', () => {
  test.each<[string, string, object]>([
    [
      'options',
      'options vfio-pci ids=10de:1b80,10de:10f0 disable-vga=1',
      {
        kind: 'options',
        module: 'vfio_pci',
        options: [
          ['ids', '10de:1b80,10de:10f0'],
          ['disable_vga', '1'],
        ],
      },
    ],
    ['a bare option', 'options kvm ignore_msrs', { kind: 'options', module: 'kvm', options: [['ignore_msrs', '']] }],
    ['a quoted option', 'options a b="c d"', { kind: 'options', module: 'a', options: [['b', 'c d']] }],
    ['blacklist', '\tblacklist\tsnd-hda-intel ', { kind: 'blacklist', module: 'snd_hda_intel' }],
    ['a glob is kept', 'blacklist nvidia*', { kind: 'blacklist', module: 'nvidia*' }],
    ['alias', 'alias pci:v0000* vfio-pci', { kind: 'alias', wildcard: 'pci:v0000*', module: 'vfio_pci' }],
    [
      'install',
      'install vfio-pci  /sbin/x  y; z',
      {
        kind: 'install',
        module: 'vfio_pci',
        command: '/sbin/x  y; z',
        runs: [{ path: '/sbin/x', kind: 'script', direct: true, sure: true }],
      },
    ],
    [
      'softdep',
      'softdep nouveau pre: vfio-pci post: a-b c',
      { kind: 'softdep', module: 'nouveau', pre: ['vfio_pci'], post: ['a_b', 'c'] },
    ],
    ['softdep without pre:', 'softdep nouveau vfio-pci', { kind: 'unknown', text: 'softdep nouveau vfio-pci' }],
    ['softdep with pre: glued on', 'softdep a pre:b', { kind: 'unknown', text: 'softdep a pre:b' }],
    ['softdep, words before pre:', 'softdep a b pre: c', { kind: 'softdep', module: 'a', pre: ['c'], post: [] }],
    ['weakdep', 'weakdep a b-c d', { kind: 'weakdep', module: 'a', modules: ['b_c', 'd'] }],
    ['a misspelt directive', 'option vfio-pci ids=1:2', { kind: 'unknown', text: 'option vfio-pci ids=1:2' }],
    ['a directive without what it needs', 'options vfio-pci', { kind: 'unknown', text: 'options vfio-pci' }],
    ['include is rejected by kmod', 'include /etc/x', { kind: 'unknown', text: 'include /etc/x' }],
  ])('%s', (_, text, wanted) => {
    const [only, ...more] = parseModprobe(text, PATH)
    expect(more).toEqual([])
    expect(only).toEqual({ ...wanted, ...at(1) })
  })

  test('a backslash joins lines; the number is that of the first', () => {
    const text = '# one\n\noptions vfio-pci \\\n ids=10de:1b80,\\\n10de:10f0\nblacklist a\\-b\n'
    expect(parseModprobe(text, PATH)).toEqual([
      { ...at(3), kind: 'options', module: 'vfio_pci', options: [['ids', '10de:1b80,10de:10f0']] },
      { ...at(6), kind: 'blacklist', module: 'a_b' },
    ])
  })

  test('a comment stands alone on its line', () => {
    expect(parseModprobe('  # options vfio-pci ids=1:2\noptions vfio ids=1:2 # mine', PATH)).toEqual([
      {
        ...at(2),
        kind: 'options',
        module: 'vfio',
        options: [
          ['ids', '1:2'],
          ['#', ''],
          ['mine', ''],
        ],
      },
    ])
  })

  test('a joined comment swallows the next line', () => {
    expect(parseModprobe('# why \\\nblacklist nouveau\nblacklist b', PATH)).toEqual([
      { ...at(3), kind: 'blacklist', module: 'b' },
    ])
  })

  test('never throws, and counts every line once', () => {
    const unit = fc.constantFrom('options ', 'softdep ', 'pre: ', 'a', '-', '\\', '\n', '#', '"', '=', ' ', '\u001b')
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const lines = parseModprobe(text, PATH).map((one) => one.line)
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b))
        expect(Math.max(0, ...lines)).toBeLessThanOrEqual(text.split('\n').length)
      }),
    )
  })
})

describe('lists of modules', () => {
  test('one name a line, with comments and options left out', () => {
    expect(parseModulesList('# c\n; d\n\n vfio-pci\nvfio_pci ids=1:2\nkvm # x\nbad/name\n')).toEqual([
      'vfio_pci',
      'vfio_pci',
      'kvm',
    ])
  })

  test('modules.dep and modules.builtin', () => {
    expect(
      modulesOfList(
        'kernel/drivers/vfio/pci/vfio-pci.ko.zst: kernel/drivers/vfio/vfio.ko.zst\nkernel/a.b/c-d.ko:\n/x/updates/e.ko.xz:\nkernel/fs/f.ko\nnothing\n',
      ),
    ).toEqual(['vfio_pci', 'c_d', 'e', 'f'])
  })

  test.each([
    ['kernel/drivers/vfio/vfio.ko.gz', 'vfio'],
    ['vfio.ko.txt', null],
    ['usr/lib/modules/vfio', null],
  ])('%s', (path, wanted) => {
    expect(moduleOfPath(path)).toBe(wanted)
  })

  test('/proc/modules', () => {
    expect(parseProcModules('vfio_pci 16384 1 - Live 0x0\nvfio 65536 4 vfio_pci, Live 0x0\nModule Size\n')).toEqual([
      'vfio_pci',
      'vfio',
    ])
  })

  test('never throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => [parseModulesList(text), modulesOfList(text), parseProcModules(text)]).not.toThrow()
      }),
    )
  })
})
