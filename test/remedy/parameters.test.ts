import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { known } from '../../src/model/fact.ts'
import type { Facts } from '../../src/model/machine.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { expand, type Platform } from '../../src/remedy/index.ts'
import { bash, BLANK, boot, facts, PLATFORMS, platform, runs } from './support.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'vfio-doctor-'))
afterAll(() => rmSync(ROOT, { recursive: true, force: true }))

const SEDS = ['sed', ...(hasBusybox() ? ['busybox sed'] : [])]

function hasBusybox(): boolean {
  try {
    execFileSync('busybox', ['sed', '--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

interface Place {
  readonly path: string
  readonly on: Platform
  readonly facts?: Facts
}

const D = 'GRUB_CMDLINE_LINUX_DEFAULT'

let runsMade = 0

/** Runs the commands that edit, against files below a directory of ours; what generates and restarts is left out. */
function apply(place: Place, before: string, scripts: readonly string[], sed: string): string {
  const root = join(ROOT, String((runsMade += 1)))
  const file = join(root, place.path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, before)
  for (const script of scripts) {
    const here = script
      .replaceAll(/(?<![\w.-])\/(etc|boot)\//g, `${root}/$1/`)
      .replaceAll(/\bsudo /g, '')
      .replaceAll(/\bsed -i/g, `${sed} -i`)
    bash(here.replaceAll(/^grep '\^.*$/gm, ''))
  }
  return readFileSync(file, 'utf8')
}

function change(kind: 'set' | 'remove', parameter: string, place: Place): { run: string; undo: string } {
  const action = kind === 'set' ? 'set-kernel-parameter' : 'remove-kernel-parameter'
  const [first] = expand({ do: action, parameter }, place.on, place.facts ?? BLANK).steps
  const undo = (first?.undo ?? '').split('; ').filter((one) => /sed|grep/.test(one))
  return { run: first?.run ?? '', undo: undo.join('\n') }
}

const grub: Place = { path: '/etc/default/grub', on: PLATFORMS['ubuntu']! }
const cmdline: Place = { path: '/etc/kernel/cmdline', on: PLATFORMS['proxmox, systemd-boot']! }
const entry: Place = { path: '/boot/loader/entries/arch.conf', on: PLATFORMS['arch']! }

describe('ids that a blank tore apart', () => {
  const action = {
    do: 'set-kernel-parameter',
    parameter: 'vfio-pci.ids=10de:1b80,10de:10f0,10de:1aeb',
    without: 'vfio-pci.ids=10de:1b80, 10de:10f0,10de:1aeb',
  } as const
  test.each(SEDS)('become one word, and no stray one is left (%s)', (sed) => {
    const before = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1b80, 10de:10f0,10de:1aeb"\n'
    const [first] = expand(action, grub.on, BLANK).steps
    expect(apply(grub, before, [first?.run ?? ''], sed).replaceAll(/ +/g, ' ')).toBe(
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet vfio-pci.ids=10de:1b80,10de:10f0,10de:1aeb"\n',
    )
  })
  test('a word that fits no command is said, and not typed', () => {
    const { steps } = expand({ ...action, without: "10de:10f0' ;reboot" }, grub.on, BLANK)
    expect(steps[0]?.say).toContain('by hand')
    expect(steps[0]?.run).toBeUndefined()
    expect(runs({ action: action.do, steps }).join('')).not.toContain(';reboot')
  })
})

describe('a quote that is left open', () => {
  const table: readonly (readonly [string, string, string, string])[] = [
    ['"', '2', `A=1\n${D}="quiet a=b  \nB="c"\n`, `A=1\n${D}="quiet a=b"\nB="c"\n`],
    ['"', '1', `${D}="a"b"\n`, `${D}="a"b""\n`],
    ["'", '1', `${D}='quiet\nB='c'\n`, `${D}='quiet'\nB='c'\n`],
    // Mended since.
    ['"', '1', `${D}="quiet"\n`, `${D}="quiet"\n`],
    ['"', '2', `${D}="quiet"\n`, `${D}="quiet"\n`],
    ['by hand', '1', `${D}="quiet # a\n`, `${D}="quiet # a\n`],
    ['";reboot', '1', `${D}="quiet\n`, `${D}="quiet\n`],
    ['"', '1;reboot', `${D}="quiet\n`, `${D}="quiet\n`],
  ]
  describe.each(SEDS)('%s', (sed) => {
    test.each(table)('%s in line %s of %j', (mark, line, before, after) => {
      const [first] = expand({ do: 'close-quote', path: grub.path, line, mark }, grub.on, BLANK).steps
      expect(first?.run ?? '').not.toContain('reboot')
      expect(apply(grub, before, [(first?.run ?? '').replaceAll(/^sed -n .*$/gm, '')], sed)).toBe(after)
    })
    test('is closed before a parameter is put in', () => {
      const text = `${D}="a`
      const openQuote = { line: 2, text, mark: '"' } as const
      const source = { path: grub.path, loader: 'grub', layer: 'configured', parameters: [], openQuote } as const
      const broken = facts({ boot: known({ efi: true, loader: known('grub', 'test'), sources: [source] }, 'test') })
      const { run } = change('set', 'intel_iommu=on', { ...grub, facts: broken })
      expect(apply(grub, `GRUB_TIMEOUT=1\n${text}\n`, [run], sed)).toBe(`GRUB_TIMEOUT=1\n${D}="a intel_iommu=on"\n`)
      const other = facts({
        boot: known(
          { efi: true, loader: known('grub', 'test'), sources: [{ ...source, openQuote: { ...openQuote, line: 1 } }] },
          'test',
        ),
      })
      const second = change('set', 'intel_iommu=on', { ...grub, facts: other })
      expect(apply(grub, `GRUB_TIMEOUT="1\n${D}="a"\n`, [second.run], sed)).toBe(
        `GRUB_TIMEOUT="1"\n${D}="a intel_iommu=on"\n`,
      )
    })
  })
})

describe('blanks beside the = of a variable', () => {
  const table: readonly (readonly [string, string])[] = [
    [`${D} = "quiet"\nGRUB_TIMEOUT = 5\n`, `${D}="quiet"\nGRUB_TIMEOUT=5\n`],
    [`  ${D}= 'a = b'\n`, `  ${D}='a = b'\n`],
    [`${D}=   # none\n# ${D} = "x"\n${D}="a = b"\n`, `${D}=   # none\n# ${D} = "x"\n${D}="a = b"\n`],
  ]
  describe.each(SEDS)('%s', (sed) => {
    test.each(table)('%j', (before, after) => {
      const [first] = expand({ do: 'mend-assignments', path: grub.path }, grub.on, BLANK).steps
      expect(apply(grub, before, [first?.run ?? ''], sed)).toBe(after)
    })
    test('go before a parameter is put in, since the generator would stop at them', () => {
      const source = {
        path: grub.path,
        loader: 'grub',
        layer: 'configured',
        parameters: [],
        stops: `${D} = "a"`,
      } as const
      const broken = facts({ boot: known({ efi: true, loader: known('grub', 'test'), sources: [source] }, 'test') })
      const { run } = change('set', 'intel_iommu=on', { ...grub, facts: broken })
      expect(apply(grub, `${D} = "a"\n`, [run], sed)).toBe(`${D}="a intel_iommu=on"\n`)
    })
  })
})

describe('a command line that stands on several lines', () => {
  const table: readonly (readonly [string, string])[] = [
    ['root=ZFS=rpool boot=zfs\nintel_iommu=on iommu=pt\n', 'root=ZFS=rpool boot=zfs intel_iommu=on iommu=pt\n'],
    ['# mine\nroot=a \n\n# more\n  iommu=pt', 'root=a iommu=pt'],
    ['root=a quiet\n', 'root=a quiet\n'],
  ]
  describe.each(SEDS)('%s', (sed) => {
    test.each(table)('%j becomes one', (before, after) => {
      const [first] = expand({ do: 'join-lines', path: cmdline.path }, cmdline.on, BLANK).steps
      expect(apply(cmdline, before, [first?.run ?? ''], sed)).toBe(after)
      expect(apply(cmdline, before, [first?.run ?? '', first?.undo ?? ''], sed)).toBe(before)
    })
  })
  test('a path that fits no command is said, and not typed', () => {
    expect(runs(expand({ do: 'join-lines', path: '/etc/x; reboot' }, cmdline.on, BLANK))).toEqual([])
  })
})
const refind: Place = { path: '/boot/refind_linux.conf', on: PLATFORMS['arch, booster']! }
const limine: Place = { path: '/boot/limine.conf', on: PLATFORMS['arch, limine']! }
const limineTool: Place = { path: '/etc/default/limine', on: PLATFORMS['cachyos']! }
const alpine: Place = { path: '/etc/update-extlinux.conf', on: PLATFORMS['alpine, extlinux']! }
const unraid: Place = { path: '/boot/syslinux/syslinux.cfg', on: PLATFORMS['unraid']! }
const pi: Place = { path: '/boot/firmware/cmdline.txt', on: PLATFORMS['raspberry pi']! }

describe.each(SEDS)('the edits, made by %s', (sed) => {
  const cases: readonly (readonly [string, Place, 'set' | 'remove', string, string, string])[] = [
    [
      'a quoted list',
      grub,
      'set',
      'intel_iommu=on',
      `A=1\n${D}="quiet splash"\n`,
      `A=1\n${D}="quiet splash intel_iommu=on"\n`,
    ],
    [
      'a file that begins with a comment',
      cmdline,
      'set',
      'intel_iommu=on',
      '# mine\nroot=ZFS=rpool/ROOT/pve-1 quiet\n',
      '# mine\nroot=ZFS=rpool/ROOT/pve-1 quiet intel_iommu=on\n',
    ],
    ['an empty list', grub, 'set', 'intel_iommu=on', `${D}=""\n`, `${D}=" intel_iommu=on"\n`],
    ['single quotes', grub, 'set', 'intel_iommu=on', `${D}='quiet'\n`, `${D}="quiet intel_iommu=on"\n`],
    ['no quotes', grub, 'set', 'intel_iommu=on', `${D}=quiet\n`, `${D}="quiet intel_iommu=on"\n`],
    ['no such line', grub, 'set', 'intel_iommu=on', 'A=1\n', `A=1\n${D}=" intel_iommu=on"\n`],
    [
      'an indented line',
      grub,
      'set',
      'intel_iommu=on',
      `if a; then\n\t${D}=quiet\nfi\n`,
      `if a; then\n\t${D}="quiet intel_iommu=on"\nfi\n`,
    ],
    [
      'an exported one',
      grub,
      'set',
      'intel_iommu=on',
      `  export ${D}='quiet'\n`,
      `  export ${D}="quiet intel_iommu=on"\n`,
    ],
    ['taken out of an exported one', grub, 'remove', 'a=b', `export ${D}="quiet a=b"\n`, `export ${D}="quiet "\n`],
    ['a comment behind blanks', grub, 'set', 'a=b', `  # ${D}="x"\n${D}="y"\n`, `  # ${D}="x"\n${D}="y a=b"\n`],
    ['there already', grub, 'set', 'intel_iommu=on', `${D}="intel_iommu=on quiet"\n`, `${D}="intel_iommu=on quiet"\n`],
    [
      'a longer word is another',
      grub,
      'set',
      'vfio-pci.ids=10de:1b80',
      `${D}="vfio-pci.ids=10de:1b80,10de:10f0"\n`,
      `${D}="vfio-pci.ids=10de:1b80,10de:10f0 vfio-pci.ids=10de:1b80"\n`,
    ],
    [
      'a comment stays',
      grub,
      'set',
      'intel_iommu=on',
      `#${D}="x"\n${D}="quiet"\n`,
      `#${D}="x"\n${D}="quiet intel_iommu=on"\n`,
    ],
    [
      'special characters',
      grub,
      'set',
      'ivrs_ioapic=10@0001:00:14.0',
      `${D}="a/b"\n`,
      `${D}="a/b ivrs_ioapic=10@0001:00:14.0"\n`,
    ],
    [
      'taken out',
      grub,
      'remove',
      'intel_iommu=off',
      `GRUB_CMDLINE_LINUX="intel_iommu=off"\n${D}="a intel_iommu=off b"\n`,
      `GRUB_CMDLINE_LINUX=""\n${D}="a  b"\n`,
    ],
    ['taken out, single quotes', grub, 'remove', 'intel_iommu=off', `${D}='intel_iommu=off b'\n`, `${D}=" b"\n`],
    [
      'a longer word stays',
      grub,
      'remove',
      'iommu=off',
      `${D}="intel_iommu=off iommu=off"\n`,
      `${D}="intel_iommu=off "\n`,
    ],
    [
      'one line',
      cmdline,
      'set',
      'intel_iommu=on',
      'root=ZFS=rpool/ROOT/pve-1 boot=zfs\n',
      'root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on\n',
    ],
    ['one line, at its start', cmdline, 'remove', 'intel_iommu=off', 'intel_iommu=off root=x\n', ' root=x\n'],
    ['one line, at its end', cmdline, 'remove', 'intel_iommu=off', 'root=x intel_iommu=off\n', 'root=x \n'],
    [
      'an entry',
      entry,
      'set',
      'intel_iommu=on',
      'title Arch\noptions root=UUID=1 rw\n',
      'title Arch\noptions root=UUID=1 rw intel_iommu=on\n',
    ],
    [
      'an entry, taken out',
      entry,
      'remove',
      'intel_iommu=off',
      'title intel_iommu=off\noptions root=x intel_iommu=off rw\n',
      'title intel_iommu=off\noptions root=x  rw\n',
    ],
    [
      'rEFInd',
      refind,
      'set',
      'intel_iommu=on',
      '"Boot" "root=x rw"\n# "c"\n',
      '"Boot" "root=x rw intel_iommu=on"\n# "c"\n',
    ],
    [
      'Limine by hand',
      limine,
      'set',
      'intel_iommu=on',
      '/Arch\n  protocol: linux\n  cmdline: root=x\n',
      '/Arch\n  protocol: linux\n  cmdline: root=x intel_iommu=on\n',
    ],
    [
      'Limine by its tool',
      limineTool,
      'set',
      'intel_iommu=on',
      'A=1\n',
      'A=1\nKERNEL_CMDLINE[default]+=" intel_iommu=on"\n',
    ],
    [
      'extlinux',
      alpine,
      'set',
      'intel_iommu=on',
      'default_kernel_opts="quiet"\n',
      'default_kernel_opts="quiet intel_iommu=on"\n',
    ],
    [
      'Unraid',
      unraid,
      'set',
      'intel_iommu=on',
      'label A\n  kernel /bzimage\n  append initrd=/bzroot\r\n',
      'label A\n  kernel /bzimage\n  append initrd=/bzroot intel_iommu=on\n',
    ],
    ['Raspberry Pi', pi, 'set', 'intel_iommu=on', 'root=x rootwait\n', 'root=x rootwait intel_iommu=on\n'],
  ]
  test.each(cases)('%s', (_name, place, kind, parameter, before, after) => {
    const { run } = change(kind, parameter, place)
    expect(apply(place, before, [run], sed)).toBe(after)
    expect(apply(place, before, [run, run], sed)).toBe(after)
  })

  test.each([grub, cmdline, entry, refind, alpine])('the undo takes back what the commands did: $path', (place) => {
    const text =
      place === refind
        ? '"Boot" "root=x rw"\n'
        : place === entry
          ? 'options root=x rw\n'
          : place === alpine
            ? 'default_kernel_opts="a b"\n'
            : place === grub
              ? `${D}="a b"\n`
              : 'root=x rw\n'
    const set = change('set', 'iommu.passthrough=0', place)
    const words = (from: string): readonly string[] => from.split(/[\s"]+/)
    expect(words(apply(place, text, [set.run, set.undo], sed))).toEqual(words(text))
  })

  test('any list of parameters: the one is added once, and the others stay as they are', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}(=[a-z0-9_.,:/-]{0,8})?$/)
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 6 }), word, (list, added) => {
        const after = apply(grub, `${D}="${list.join(' ')}"\n`, [change('set', added, grub).run], sed)
        const found = (/="(.*)"/.exec(after)?.[1] ?? '').split(' ').filter((one) => one !== '')
        expect(found).toEqual(list.includes(added) ? list : [...list, added])
      }),
      { numRuns: 12 },
    )
  })
})

describe('exact commands, by loader', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'fedora',
      ['sudo grubby --update-kernel=ALL --args="intel_iommu=on"'],
      ['sudo grubby --update-kernel=ALL --remove-args="intel_iommu=off"'],
    ],
    ['pop', ['sudo kernelstub -a "intel_iommu=on"'], ['sudo kernelstub -d "intel_iommu=off"']],
    [
      'silverblue',
      ['sudo rpm-ostree kargs --append-if-missing=intel_iommu=on'],
      ['sudo rpm-ostree kargs --delete-if-present=intel_iommu=off'],
    ],
    ['void, zfsbootmenu', ['sudo zbm-kcl -a intel_iommu=on'], ['sudo zbm-kcl -r intel_iommu=off']],
  ]
  test.each(table)('%s', (name, set, remove) => {
    const on = PLATFORMS[name]!
    expect(runs(expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, on, BLANK))).toEqual([
      ...set,
      'sudo reboot',
    ])
    expect(runs(expand({ do: 'remove-kernel-parameter', parameter: 'intel_iommu=off' }, on, BLANK))).toEqual([
      ...remove,
      'sudo reboot',
    ])
  })

  test.each([
    ['ubuntu', ['sudo update-grub']],
    ['fedora, grub', ['sudo grub2-mkconfig -o /boot/grub2/grub.cfg']],
    ['opensuse', ['sudo grub2-mkconfig -o /boot/grub2/grub.cfg']],
    ['opensuse, bls', ['sudo sdbootutil update-all-entries']],
    ['microos', ['sudo transactional-update --continue grub.cfg']],
    ['alpine, tinyramfs', ['grub-mkconfig -o /boot/grub/grub.cfg']],
    ['alpine, extlinux', ['update-extlinux']],
    [
      'debian, systemd-boot',
      ['for image in /boot/vmlinuz-*; do sudo kernel-install add "${image#/boot/vmlinuz-}" "$image"; done'],
    ],
    ['endeavouros', ['sudo reinstall-kernels']],
    ['uki, mkinitcpio', ['sudo mkinitcpio -P']],
    ['uki, dracut', ['sudo dracut --force --regenerate-all']],
    ['cachyos', ['sudo limine-update']],
    ['proxmox, grub', ['update-grub', 'proxmox-boot-tool refresh']],
    ['proxmox, systemd-boot', ['proxmox-boot-tool refresh']],
    ['nixos', ['sudo nixos-rebuild boot']],
  ] as const)('what the generator is: %s', (name, generate) => {
    const on = PLATFORMS[name]!
    const restart = on.root === 'sudo' ? 'sudo reboot' : 'reboot'
    expect(runs(expand({ do: 'regenerate-boot-entries' }, on, BLANK))).toEqual([...generate, restart])
    const set = runs(expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, on, BLANK))
    expect(set.slice(-generate.length - 1)).toEqual([...generate, restart])
  })

  test('an entry that a person wrote is edited, though /etc/kernel/cmdline is there', () => {
    const at = (path: string) => ({ path, loader: 'systemd-boot', layer: 'generated', parameters: [] }) as const
    const run = (entry: string): string => {
      const sources = [{ ...at('/etc/kernel/cmdline'), layer: 'configured' } as const, at(entry)]
      const loader = known('systemd-boot' as const, 'LoaderInfo')
      const machine = facts({ boot: known({ efi: true, loader, sources }, '/boot') })
      return runs(expand(SET, PLATFORMS['arch']!, machine)).join('\n')
    }
    expect(run('/boot/loader/entries/arch.conf')).toContain('/boot/loader/entries/arch.conf')
    expect(run('/boot/loader/entries/arch.conf')).not.toContain('kernel-install')
    expect(run('/boot/loader/entries/0a1b-6.12.9-arch1-1.conf')).toContain('kernel-install add-all')
  })

  test.each(['limine', 'uki'] as const)('what limine-entry-tool reads is written for %s', (loader) => {
    const on = platform({ system: 'arch', family: 'arch', loader, initramfs: 'mkinitcpio' })
    const path = '/etc/limine-entry-tool.d/vfio.conf'
    const sources = [{ path, loader, layer: 'configured', parameters: [] }] as const
    const machine = facts({ boot: known({ efi: true, loader: known(loader, 'LoaderInfo'), sources }, '/boot') })
    const set = runs(expand(SET, on, machine))
    expect(set[0]).toBe('test -e /etc/default/limine || sudo touch /etc/default/limine')
    expect(set.join('\n')).toContain('KERNEL_CMDLINE[default]+=" intel_iommu=on"')
    expect(set.at(-2)).toBe('sudo limine-update')
    expect(runs(expand({ do: 'rebuild-initramfs' }, on, machine))).toEqual(['sudo limine-mkinitcpio'])
    const remove = runs(expand({ do: 'remove-kernel-parameter', parameter: 'intel_iommu=off' }, on, machine))
    expect(remove.join('\n')).toContain(` ${path}`)
  })

  test('a unified image is not made from the settings of Limine where the firmware starts it', () => {
    const path = '/etc/default/limine'
    const sources = [{ path, loader: 'limine', layer: 'configured', parameters: [] }] as const
    const machine = facts({ boot: known({ efi: true, loader: known('uki', 'StubInfo'), sources }, '/boot') })
    expect(runs(expand({ do: 'regenerate-boot-entries' }, PLATFORMS['uki, mkinitcpio']!, machine))[0]).toBe(
      'sudo mkinitcpio -P',
    )
  })

  test('unified images of Debian are made from the kernels in /boot', () => {
    const on = platform({ system: 'debian', family: 'debian', loader: 'uki', initramfs: 'initramfs-tools' })
    expect(runs(expand({ do: 'regenerate-boot-entries' }, on, BLANK))[0]).toContain('for image in /boot/vmlinuz-*')
  })

  test.each(['arch', 'fedora', 'silverblue', 'unraid', 'raspberry pi'])('nothing to generate: %s', (name) => {
    const { steps } = expand({ do: 'regenerate-boot-entries' }, PLATFORMS[name]!, BLANK)
    expect(steps[0]?.run).toBeUndefined()
    expect(steps[0]?.say).toContain('Nothing needs to be generated')
  })

  const SET = { do: 'set-kernel-parameter', parameter: 'intel_iommu=on' } as const
  const GENERATE = { do: 'regenerate-boot-entries' } as const

  test.each([
    ['debian', { system: 'debian', family: 'debian' }, 'update-grub', 'systemd-boot'],
    ['fedora', { system: 'fedora', family: 'fedora' }, 'grubby --update-kernel=ALL', 'systemd-boot'],
    ['manjaro', { system: 'manjaro', family: 'arch' }, 'grub-mkconfig', 'unified kernel images'],
    ['pop', { system: 'pop', family: 'debian' }, 'kernelstub -a', 'GRUB'],
    [
      'proxmox',
      { system: 'debian', family: 'debian', flavour: 'proxmox' },
      'update-grub',
      'systemd-boot on Proxmox VE',
    ],
  ] as const)(
    'unknown, on %s: the usual one with its commands, the others in a line',
    (_name, told, command, other) => {
      const { steps } = expand(SET, platform(told), BLANK)
      expect(steps).toHaveLength(3)
      expect(steps[0]?.say).toMatch(/could not be told\. If it is .+, the usual one of this distribution \(.+\): Add/)
      expect(steps[0]?.run).toContain(command)
      expect(steps[1]).toMatchObject({ say: expect.stringContaining(`for ${other} (`) })
      expect(steps[1]?.run).toBeUndefined()
      expect(expand(GENERATE, platform(told), BLANK).steps).toHaveLength(3)
    },
  )

  test.each([
    ['no distribution', {}],
    ['arch', { system: 'arch', family: 'arch' }],
    ['tumbleweed', { system: 'opensuse-tumbleweed', family: 'suse' }],
  ] as const)('unknown, on %s: how to find out, and each way in a line', (_name, told) => {
    for (const action of [SET, GENERATE]) {
      const { steps } = expand(action, platform(told), BLANK)
      expect(steps).toHaveLength(2)
      expect(steps[0]?.say).toMatch(/could not be told: for GRUB \(.+; for systemd-boot \(/)
      expect(steps[0]?.run).toContain('bootctl status')
      expect(steps[0]?.run).not.toContain('sed')
    }
  })

  test('no loader is set up: what starts the kernel passes the parameters', () => {
    const direct = facts({ boot: known({ efi: false, loader: known(null, 'test'), sources: [] }, 'test') })
    const { steps } = expand(SET, platform({ family: 'debian' }), direct)
    expect(steps.map((one) => one.run)).toEqual([undefined, 'sudo reboot'])
    expect(steps[0]?.say).toContain('No boot loader is set up here')
    expect(expand(GENERATE, platform({ family: 'debian' }), direct).steps[0]?.run).toBeUndefined()
  })

  test('the last step restarts, and says how to see that it worked', () => {
    const { steps } = expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, PLATFORMS['ubuntu']!, BLANK)
    expect(steps.at(-1)).toMatchObject({ effect: 'reboot', run: 'sudo reboot' })
    expect(steps.at(-1)?.say).toContain('/proc/cmdline')
    expect(steps[0]?.undo).toContain('update-grub')
  })

  test('files that this host is known to keep parameters in are edited', () => {
    const dropIn = facts({
      boot: boot('grub', [
        ['/etc/default/grub', 'grub'],
        ['/etc/default/grub.d/50-cloudimg-settings.cfg', 'grub'],
        ['/etc/default/grub.d/$(x).cfg', 'grub'],
      ]),
    })
    const script = runs(
      expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, PLATFORMS['ubuntu']!, dropIn),
    ).join('\n')
    expect(script).toMatch(/sed -i .* \/etc\/default\/grub \/etc\/default\/grub\.d\/50-cloudimg-settings\.cfg$/m)
    expect(script).not.toContain('$(x)')
    const [first] = expand({ do: 'set-kernel-parameter', parameter: 'a=b' }, PLATFORMS['ubuntu']!, dropIn).steps
    expect(first?.say).toContain('in /etc/default/grub, /etc/default/grub.d/50-cloudimg-settings.cfg. The last command')

    const also = facts({ boot: boot('grub-bls', [['/etc/kernel/cmdline', 'grub-bls']]) })
    const both = runs(
      expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, PLATFORMS['fedora']!, also),
    ).join('\n')
    expect(both).toContain('grubby --update-kernel=ALL')
    expect(both).toMatch(/sed -i .* \/etc\/kernel\/cmdline$/m)

    const installed = facts({ boot: boot('systemd-boot', [['/etc/kernel/cmdline', 'systemd-boot']]) })
    const arch = runs(
      expand({ do: 'set-kernel-parameter', parameter: 'intel_iommu=on' }, PLATFORMS['arch']!, installed),
    ).join('\n')
    expect(arch).toContain('sudo kernel-install add-all')
  })
})

test.each([
  [{ parameter: 'intel_iommu=on iommu=pt' }, 'shows `intel_iommu=on`, `iommu=pt`.'],
  [
    { parameter: 'intel_iommu=on', without: 'intel_iommu=on,igfx_off' },
    'shows `intel_iommu=on` and no longer `intel_iommu=on,igfx_off`.',
  ],
])('the restart tells all that the command line shows then: %j', (action, wanted) => {
  const last = expand({ do: 'set-kernel-parameter', ...action }, PLATFORMS['ubuntu']!, BLANK).steps.at(-1)
  expect(last?.say).toBe(`Restart the host. Afterwards \`cat /proc/cmdline\` ${wanted}`)
})

describe('parameters that must not be set', () => {
  test.each(['amd_iommu=on', 'pcie_acs_override=downstream,multifunction', 'vfio.enable_unsafe_noiommu_mode=1'])(
    '%s',
    (parameter) => {
      for (const on of Object.values(PLATFORMS)) {
        const { steps } = expand({ do: 'set-kernel-parameter', parameter }, on, BLANK)
        expect(steps.every((one) => one.run === undefined && one.edit === undefined)).toBe(true)
      }
    },
  )

  test('they can be taken out', () => {
    const script = runs(
      expand({ do: 'remove-kernel-parameter', parameter: 'amd_iommu=on' }, PLATFORMS['fedora']!, BLANK),
    )
    expect(script[0]).toBe('sudo grubby --update-kernel=ALL --remove-args="amd_iommu=on"')
  })

  test('what is out of the configuration already needs no editing', () => {
    const line = parseCommandLine('quiet intel_iommu=off')
    const steps = (generated: string) => {
      const sources = [
        { path: '/etc/default/grub', loader: 'grub', layer: 'configured', parameters: [] },
        {
          path: '/boot/grub/grub.cfg',
          loader: 'grub',
          layer: 'generated',
          parameters: parseCommandLine(generated).parameters,
        },
      ] as const
      const given = facts({
        commandLine: known(line, '/proc/cmdline'),
        boot: known({ efi: true, loader: known('grub', 'test'), sources }, 'test'),
      })
      const action = { do: 'remove-kernel-parameter', parameter: 'intel_iommu=off' } as const
      return runs(expand(action, PLATFORMS['ubuntu']!, given))
    }
    expect(steps('quiet')).toEqual(['sudo reboot'])
    expect(steps('quiet intel_iommu=off')).toEqual(['sudo update-grub', 'sudo reboot'])
  })

  test('a word that an addon of the unified kernel image brings goes with the addon', () => {
    const path = '/efi/EFI/Linux/a.efi.extra.d/x.addon.efi'
    const words = (text: string) => parseCommandLine(text).parameters
    const told = (configured: string) =>
      facts({
        boot: known(
          {
            efi: true,
            loader: known('uki', 'test'),
            sources: [
              { path: '/etc/kernel/cmdline', loader: 'uki', layer: 'configured', parameters: words(configured) },
              { path, loader: 'uki', layer: 'configured', parameters: words('intel_iommu=off quiet') },
            ],
          },
          'test',
        ),
      })
    const action = { do: 'remove-kernel-parameter', parameter: 'intel_iommu=off' } as const
    const on = PLATFORMS['uki, mkinitcpio']!
    const { steps } = expand(action, on, told('quiet'))
    expect(steps.map((one) => one.run)).toEqual([`sudo mv -n ${path} ${path}.off`, 'sudo reboot'])
    expect(steps[0]?.say).toContain('intel_iommu=off quiet')
    expect(runs(expand(action, on, told('intel_iommu=off'))).join('\n')).toContain('sudo mkinitcpio -P')
  })

  test('several are set in one go, but for those that are not to be set', () => {
    const parameter = 'intel_iommu=on amd_iommu=on iommu=pt'
    const { steps } = expand({ do: 'set-kernel-parameter', parameter }, PLATFORMS['proxmox, systemd-boot']!, BLANK)
    const typed = steps.map((one) => one.run ?? '').join('\n')
    expect(typed).toContain(' intel_iommu=on/')
    expect(typed).toContain(' iommu=pt/')
    expect(typed).not.toMatch(/amd_iommu/)
    expect(typed.match(/^reboot$/gm)).toHaveLength(1)
    expect(steps[0]?.say).toContain('Set no amd_iommu parameter')
  })

  test('beside a word that is no parameter none is typed', () => {
    const parameter = 'intel_iommu=on a=b;reboot iommu=pt'
    const { steps } = expand({ do: 'set-kernel-parameter', parameter }, PLATFORMS['proxmox, systemd-boot']!, BLANK)
    expect(steps.map((one) => one.run)).toEqual([undefined])
    expect(steps[0]?.say).toContain(`by hand: ${parameter}`)
  })

  test('a value in quotes is one word, and is not typed', () => {
    const parameter = 'dyndbg="file a.c +p init=x"'
    const { steps } = expand({ do: 'set-kernel-parameter', parameter }, PLATFORMS['ubuntu']!, BLANK)
    expect(steps.map((one) => one.run)).toEqual([undefined])
    expect(steps[0]?.say).toContain(parameter)
  })

  test('what is no parameter is said, not typed', () => {
    const { steps } = expand({ do: 'set-kernel-parameter', parameter: 'a=b;reboot' }, PLATFORMS['ubuntu']!, BLANK)
    expect(steps).toHaveLength(1)
    expect(steps[0]?.run).toBeUndefined()
    expect(steps[0]?.say).toContain('a=b;reboot')
  })
})

test('UEFI and systemd can open the firmware setup themselves', () => {
  const on = platform({ family: 'debian', efi: true })
  const { steps } = expand(
    { do: 'enable-firmware-setting', setting: 'vt-d' },
    on,
    facts({ board: known({ system: null, board: 'X', biosVendor: null, biosVersion: null, biosDate: null }, 'test') }),
  )
  expect(steps[0]?.run).toBe('sudo systemctl reboot --firmware-setup')
})
