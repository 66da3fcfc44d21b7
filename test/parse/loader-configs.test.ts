import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Parameter } from '../../src/model/boot.ts'
import { parseCommandLine } from '../../src/parse/command-line.ts'
import { parseBlsEntry } from '../../src/parse/bls-entry.ts'
import { parseEfiText } from '../../src/parse/efi-text.ts'
import { parseGrubConfig, parseGrubEnvironment } from '../../src/parse/grub-cfg.ts'
import { parseGrubDefaults } from '../../src/parse/grub-default.ts'
import { parseLimineConfig } from '../../src/parse/limine-config.ts'
import { parseKargsToml, parseKernelstub, parseRefindLinux, parseSyslinux } from '../../src/parse/loader-configs.ts'

const texts = (list: readonly Parameter[] | null | undefined): string[] | undefined => list?.map((one) => one.text)

describe('parseGrubDefaults', () => {
  test('both variables, in the order of the generated line', () => {
    const { sources, bls } = parseGrubDefaults([
      { path: 'g', text: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"\nGRUB_CMDLINE_LINUX="intel_iommu=on"\n' },
    ])
    expect(texts(sources[0]?.parameters)).toEqual(['intel_iommu=on', 'quiet', 'splash'])
    expect(bls).toBe(null)
  })

  test('a drop-in that adds keeps the first file, one that replaces silences it', () => {
    const main = { path: 'main', text: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet intel_iommu=on"' }
    const adds = { path: 'adds', text: 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT iommu=pt"' }
    const replaces = { path: 'cloud', text: 'GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"' }
    const of = (files: Parameters<typeof parseGrubDefaults>[0]): unknown =>
      parseGrubDefaults(files).sources.map(({ path, parameters }) => [path, texts(parameters)])
    expect(of([main, adds])).toEqual([
      ['main', ['quiet', 'intel_iommu=on']],
      ['adds', ['iommu=pt']],
    ])
    expect(of([main, replaces])).toEqual([
      ['main', []],
      ['cloud', ['console=ttyS0']],
    ])
  })

  const over = (...texts: readonly string[]): unknown =>
    parseGrubDefaults(texts.map((text, index) => ({ path: `f${index}`, text }))).sources.map((one) =>
      (one.passedOver ?? []).map(({ parameter, why, by, maybe }) => [parameter.text, why, by, maybe]),
    )

  test('what a later file or line sets anew is listed with the file that wins', () => {
    expect(over('GRUB_CMDLINE_LINUX="a b"', 'GRUB_CMDLINE_LINUX="b c"')).toEqual([
      [['a', 'overwritten', 'f1', undefined]],
      [],
    ])
    expect(over('GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX=b')).toEqual([[['a', 'overwritten', 'f0', undefined]]])
    expect(over('GRUB_CMDLINE_LINUX=a', 'if x; then\n  GRUB_CMDLINE_LINUX=b\nfi')).toEqual([
      [['a', 'overwritten', 'f1', true]],
      [],
    ])
  })

  test.each([
    ['GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX b"'],
    ['GRUB_CMDLINE_LINUX="${GRUB_CMDLINE_LINUX} b"'],
    ['GRUB_CMDLINE_LINUX+=" b"'],
    ['GRUB_CMDLINE_LINUX="$(echo "$GRUB_CMDLINE_LINUX" | sed s/quiet//)"'],
    ['GRUB_CMDLINE_LINUX="`echo x`"'],
    ['GRUB_CMDLINE_LINUX="${GRUB_CMDLINE_LINUX%quiet}"'],
    ['GRUB_CMDLINE_LINUX_DEFAULT="a"'],
    ['GRUB_TIMEOUT=0'],
    ['#GRUB_CMDLINE_LINUX=""'],
  ])('nothing is set anew by %s', (text) => {
    expect(over('GRUB_CMDLINE_LINUX="a"', text)).toEqual([[], []])
  })

  test.each([
    ['GRUB_CMDLINE_LINUX = "quiet iommu=pt"', ['quiet', 'iommu=pt']],
    ['GRUB_CMDLINE_LINUX ="iommu=pt"', ['iommu=pt']],
    ['GRUB_CMDLINE_LINUX= "iommu=pt"', ['iommu=pt']],
    ['  GRUB_CMDLINE_LINUX\t=\tiommu=pt # why', ['iommu=pt']],
    ['GRUB_TIMEOUT = 5', []],
  ])('%j is no assignment', (text, wanted) => {
    const [source] = parseGrubDefaults([{ path: 'g', text: `A=1\n${text}\nGRUB_CMDLINE_LINUX_DEFAULT=x\n` }]).sources
    expect(source?.stops).toBe(text.trim().replace('\t=\t', ' = '))
    expect(source?.passedOver?.map((one) => one.parameter.text) ?? []).toEqual(wanted)
    expect(texts(source?.parameters)).toEqual(['x'])
  })

  test.each([
    ['GRUB_CMDLINE_LINUX=""'],
    ['GRUB_CMDLINE_LINUX= '],
    ['GRUB_CMDLINE_LINUX=   # none'],
    ['GRUB_CMDLINE_LINUX="a = b"'],
    ['# GRUB_CMDLINE_LINUX = "a"'],
    ['if [ "$GRUB_X" = y ]; then GRUB_TIMEOUT=1; fi'],
    ['export GRUB_TIMEOUT=1'],
    ['GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`'],
    ['GRUB_DISTRIBUTOR="$(sed "s, release .*$,,g" /etc/system-release)"'],
  ])('%j stops nothing', (text) => {
    expect(parseGrubDefaults([{ path: 'g', text }]).sources[0]).not.toHaveProperty('stops')
  })

  test.each([
    ['A=1\nGRUB_CMDLINE_LINUX="a b\nGRUB_TIMEOUT="5"\n', { line: 2, text: 'GRUB_CMDLINE_LINUX="a b', mark: '"' }],
    [
      'A=1\nGRUB_CMDLINE_LINUX="a b # c\nGRUB_TIMEOUT="5"\n',
      { line: 2, text: 'GRUB_CMDLINE_LINUX="a b # c', mark: null },
    ],
    ['GRUB_TIMEOUT="5\u001b[1m\nGRUB_CMDLINE_LINUX="a b"\n', { line: 1, text: 'GRUB_TIMEOUT="5', mark: '"' }],
  ])('a quote that is left open is named, and read as it was meant: %j', (text, quote) => {
    const [source] = parseGrubDefaults([{ path: 'g', text }]).sources
    expect(source?.openQuote).toEqual(quote)
    expect(texts(source?.parameters)?.slice(0, 2)).toEqual(['a', 'b'])
  })

  test('never fails', () => {
    const unit = fc.constantFrom(
      'GRUB_CMDLINE_LINUX',
      'A',
      '=',
      ' ',
      '"',
      "'",
      '$',
      '{',
      '}',
      '(',
      '`',
      '\\',
      '\n',
      '#',
      '+',
    )
    fc.assert(
      fc.property(
        fc.string({ unit }),
        (text) =>
          void parseGrubDefaults([
            { path: 'a', text },
            { path: 'b', text },
          ]),
      ),
    )
  })

  test('a parameter glued to what was there belongs to the file where it begins', () => {
    const { sources } = parseGrubDefaults([
      { path: 'a', text: 'GRUB_CMDLINE_LINUX="x=1"' },
      { path: 'b', text: 'GRUB_CMDLINE_LINUX="${GRUB_CMDLINE_LINUX},2 y"' },
    ])
    expect(sources.map((one) => texts(one.parameters))).toEqual([['x=1,2'], ['y']])
  })

  test.each([
    ['GRUB_ENABLE_BLSCFG=true', true],
    ['GRUB_ENABLE_BLSCFG="false"', false],
  ])('%s', (text, wanted) => {
    expect(parseGrubDefaults([{ path: 'g', text }]).bls).toBe(wanted)
  })
})

describe('parseGrubConfig', () => {
  const config = `
set default="0"
if [ x"\${feature}" = xy ]; then
  set extra='panic=1 quiet'
fi
menuentry 'Ubuntu' --class ubuntu {
	linux	/boot/vmlinuz-6.8.0-1 root=UUID=1-2 ro  quiet "dyndbg=file a +p" $extra $vt_handoff # note
	initrd	/boot/initrd.img-6.8.0-1
}
menuentry 'Recovery' {
	linuxefi /boot/vmlinuz-6.8.0-1 root=UUID=1-2 ro single
}
`
  test('the lines that start a kernel', () => {
    const { entries, bls } = parseGrubConfig(config)
    expect(bls).toBe(false)
    expect(entries.map((one) => one.kernel)).toEqual(['/boot/vmlinuz-6.8.0-1', '/boot/vmlinuz-6.8.0-1'])
    expect(texts(entries[0]?.parameters)).toEqual([
      'root=UUID=1-2',
      'ro',
      'quiet',
      '"dyndbg=file a +p"',
      'panic=1',
      'quiet',
    ])
    expect(entries[0]?.parameters[3]).toMatchObject({ name: 'dyndbg', value: 'file a +p' })
  })

  test('the environment block goes first', () => {
    const environment = parseGrubEnvironment(
      '# GRUB Environment Block\nsaved_entry=x\nkernelopts=root=/dev/a ro \\\\x\n#####',
    )
    expect(environment.get('kernelopts')).toBe('root=/dev/a ro \\x')
    const text = 'set kernelopts="wrong"\nlinux ($root)/vmlinuz $kernelopts'
    expect(texts(parseGrubConfig(text, environment).entries[0]?.parameters)).toEqual(['root=/dev/a', 'ro', '\\x'])
  })

  test('loader entries', () => {
    expect(parseGrubConfig('insmod blscfg\nblscfg\n').bls).toBe(true)
    expect(parseGrubConfig('# blscfg\n').bls).toBe(false)
  })
})

test('parseBlsEntry', () => {
  const text =
    'title Fedora\nversion 6.8.0\nlinux /vmlinuz-6.8.0\ninitrd /a.img\ninitrd /b.img\n# options no\noptions root=/dev/a ro\noptions\t$kernelopts ${tuned}x\n'
  expect(parseBlsEntry(text, new Map([['kernelopts', 'intel_iommu=on']]))).toEqual({
    title: 'Fedora',
    version: '6.8.0',
    linux: '/vmlinuz-6.8.0',
    initrd: ['/a.img', '/b.img'],
    options: 'root=/dev/a ro intel_iommu=on x',
    variables: ['kernelopts', 'tuned'],
  })
})

test.each<[string, number[], string | null]>([
  ['text', [7, 0, 0, 0, 0x47, 0, 0x52, 0, 0, 0], 'GR'],
  ['what follows the zero', [7, 0, 0, 0, 0x47, 0, 0, 0, 0x52, 0], 'G'],
  ['attributes alone', [7, 0, 0, 0], null],
])('parseEfiText: %s', (_, bytes, wanted) => {
  expect(parseEfiText(new Uint8Array(bytes))).toBe(wanted)
})

describe('loaders with a file of their own', () => {
  test.each<[string, string, string[] | undefined]>([
    [
      'a list',
      '{"user": {"kernel_options": ["quiet", "intel_iommu=on"], "esp_path": "/boot/efi"}}',
      ['quiet', 'intel_iommu=on'],
    ],
    ['one text', '{"user": {"kernel_options": "a b"}}', ['a', 'b']],
    ['not JSON', '{', undefined],
    ['something else', '{"user": []}', undefined],
  ])('kernelstub: %s', (_, text, wanted) => {
    expect(texts(parseKernelstub(text))).toEqual(wanted)
  })

  test('rEFInd takes the first line', () => {
    const text = '# "x" "no"\n"Boot with standard options" "ro root=/dev/a intel_iommu=on"\n"Single" "single"\n'
    expect(texts(parseRefindLinux(text))).toEqual(['ro', 'root=/dev/a', 'intel_iommu=on'])
  })

  const MENU =
    '/+Arch\n comment: machine-id=1\n//linux\n protocol: linux\n cmdline: root=a x\n//lts\n protocol: linux\n cmdline: root=a y\n/Old\n protocol: linux\n cmdline: root=b z\n'
  const UKI = '/+Arch\n//linux\n protocol: efi\n path: boot():/EFI/Linux/arch.efi\n'
  test.each<[string, string, string, string[] | null, string[]]>([
    ['one entry', '/Arch\n  protocol: linux\n  cmdline: root=/dev/a x\n', '', ['root=/dev/a', 'x'], []],
    ['the form before version 8', ':Arch\nPROTOCOL=linux\nCMDLINE=a b', '', ['a', 'b'], []],
    ['the other name of the option', '/A\nkernel_cmdline: a', '', ['a'], []],
    ['no entry at all', 'kernel_cmdline: a', '', ['a'], []],
    ['no entry and no line', 'timeout: 5', '', null, []],
    ['an entry of Linux without a line', '/A\nprotocol: linux\n', '', [], []],
    ['a macro', '${X}=a b\n/A\ncmdline: ${X} ${Y} c\n', '', ['a', 'b', '${Y}', 'c'], []],
    ['a comment is no line', '/A\nprotocol: linux\n# cmdline: a\ncmdline: b\n', '', ['b'], []],
    ['the second row', `default_entry: 2\n${MENU}`, 'root=a', ['root=a', 'x'], []],
    ['the third row, told at the end', `${MENU}default_entry: 3\n`, 'root=a', ['root=a', 'y'], []],
    [
      'the rows of a closed directory do not count',
      `default_entry: 2\n${MENU.replace('+', '')}`,
      'root=b',
      ['root=b', 'z'],
      [],
    ],
    ['an entry by its titles', `default_entry: Arch/lts\n${MENU}`, 'root=a', ['root=a', 'y'], []],
    ['titles that are nowhere', `default_entry: Arch/no\n${MENU}`, 'root=a', ['root=a'], ['x', 'y']],
    ['a row that is not there', `default_entry: 9\n${MENU}`, 'root=a', ['root=a'], ['x', 'y']],
    ['a directory starts nothing', MENU, 'root=a', ['root=a'], ['x', 'y']],
    ['the last one again', `remember_last_entry: yes\ndefault_entry: 2\n${MENU}`, 'root=a', ['root=a'], ['x', 'y']],
    ['the last one again, of one system', `remember_last_entry: yes\n${MENU}`, 'root=b', ['root=b', 'z'], []],
    ['nothing starts by itself', `timeout: no\ndefault_entry: 2\n${MENU}`, 'root=a', ['root=a'], ['x', 'y']],
    ['a row may be hidden', `default_entry: 2\n${MENU} if_fw_type: BIOS\n`, 'root=a', ['root=a'], ['x', 'y']],
    ['another system starts by itself', `default_entry: 4\n${MENU}`, 'root=a', [], ['root=a', 'x', 'y']],
    [
      'nothing runs that is in it',
      `default_entry: 0\nremember_last_entry: yes\n${MENU}`,
      'root=c',
      [],
      ['root=a', 'x', 'y', 'root=b', 'z'],
    ],
    ['a unified kernel image', `default_entry: 2\n${UKI}`, 'root=a', null, []],
    ['a unified kernel image, and the last one again', `remember_last_entry: yes\n${UKI}`, 'root=a', null, []],
    [
      'a unified kernel image that is handed a line',
      `default_entry: 2\n${UKI} cmdline: root=a x`,
      'root=a',
      ['root=a', 'x'],
      [],
    ],
    ['a unified kernel image or another one', `remember_last_entry: yes\n${UKI}/B\n cmdline: z\n`, 'q', [], ['z']],
    [
      'a snapshot has the same root and another part of it',
      `remember_last_entry: yes\n/+A\n//a\ncmdline: root=a rootflags=subvol=/@ x\n///Snapshots\n////1\ncmdline: root=a rootflags=subvol=/@s\n`,
      'root=a rootflags=subvol=/@',
      ['root=a', 'rootflags=subvol=/@', 'x'],
      [],
    ],
  ])('limine: %s', (_, text, running, wanted, perhaps) => {
    const line = parseLimineConfig(text, parseCommandLine(running).parameters)
    expect(line === null ? null : texts(line.parameters)).toEqual(wanted)
    expect(texts(line?.perhaps) ?? []).toEqual(perhaps)
  })

  test('limine: never fails, and what may be is in the file', () => {
    const unit = fc.constantFrom(
      '/',
      '+',
      ':',
      '=',
      '#',
      '\n',
      ' ',
      '${',
      '}',
      'a',
      '1',
      'cmdline: root=a',
      'protocol: efi',
      'default_entry: ',
      'remember_last_entry: yes',
      '\u001b',
    )
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const line = parseLimineConfig(text, parseCommandLine('root=a').parameters)
        for (const one of [...(line?.parameters ?? []), ...(line?.perhaps ?? [])]) {
          expect(one.text).not.toContain('\u001b')
          expect(line?.parameters.includes(one)).not.toBe(line?.perhaps.includes(one))
        }
      }),
    )
  })

  test('syslinux takes the default label', () => {
    const text = 'DEFAULT b\nLABEL a\n KERNEL x\n APPEND one\nLABEL b\n MENU LABEL b\n APPEND two three\n'
    expect(texts(parseSyslinux(text))).toEqual(['two', 'three'])
    expect(texts(parseSyslinux('label a\nappend one\n'))).toEqual(['one'])
  })

  test('bootc', () => {
    expect(texts(parseKargsToml('kargs = ["a=b",\n  \'c\']\nmatch-architectures = ["x86_64"]'))).toEqual(['a=b', 'c'])
  })

  test('none of them throws', () => {
    const unit = fc.constantFrom('linux ', 'set ', 'options ', 'append ', '"', "'", '$', '{', '[', 'a', '=', ' ', '\n')
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        for (const parse of [
          parseKernelstub,
          parseRefindLinux,
          (text: string) => parseLimineConfig(text),
          parseSyslinux,
          parseKargsToml,
          parseBlsEntry,
          parseGrubConfig,
          parseGrubEnvironment,
        ])
          expect(() => parse(text)).not.toThrow()
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseEfiText(bytes)))
  })
})

test('a large limine.conf takes no more than two seconds of the processor, and a macro makes no line longer', () => {
  const from = process.cpuUsage()
  const words = Array.from({ length: 300 }, (_, at) => `w${at}`).join(' ')
  const entries = Array.from({ length: 1200 }, (_, at) => `/e${at}\nprotocol: linux\ncmdline: root=a ${words}\n`)
  parseLimineConfig(`remember_last_entry: yes\n${entries.join('')}`, parseCommandLine('root=a').parameters)
  const macro = `\${A}=${'a '.repeat(2000)}\n/e\nprotocol: linux\ncmdline: ${'${A}'.repeat(1000)}\n`
  const line = parseLimineConfig(macro)
  expect(line?.parameters.length).toBeGreaterThan(1000)
  expect(line?.parameters.length).toBeLessThan(4096)
  expect(process.cpuUsage(from).user).toBeLessThan(2_000_000)
})
