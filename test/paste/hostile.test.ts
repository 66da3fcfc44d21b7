import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueOf } from '../../src/model/fact.ts'
import { machineFromPaste } from '../../src/paste/index.ts'
import { isElision, pasteLines } from '../../src/paste/lines.ts'
import { unwrap } from '../../src/paste/unwrap.ts'

const SIZE = 2 * 1024 * 1024

function fill(piece: string): string {
  return piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE)
}

describe('hostile input', () => {
  it.each([
    ['prompts', fill('root@pve:~# echo 1 > /sys/bus/pci/drivers/vfio-pci/bind\n')],
    ['one line', fill('0000:01:00.0 ')],
    ['blanks', fill(' ')],
    ['escapes', fill('\u001b[31m\u001b]0;x')],
    ['log lines', fill('[   12.345678] vfio-pci 0000:01:00.0: BAR 3: cannot reserve [mem 0x0-0x1]\n')],
    ['blocks', fill('01:00.0 VGA compatible controller [0300]: X [10de:1b80]\n\tKernel driver in use: vfio-pci\n')],
    ['XML without an end', fill('<hostdev mode="subsystem" type="pci">\n')],
    ['options', fill(`${'kvm -device '.repeat(300)}\n`)],
    ['open quotes', fill(`GRUB_CMDLINE_LINUX="${' '.repeat(4000)}x\n`)],
    ['continued lines', fill('qemu-system-x86_64 \\\n')],
    ['trees', fill('-[0000:00]-+-00.0  x\n           +-01.0-[01]----00.0  y\n')],
    ['Nix', fill('boot.kernelParams = [ "a" ] ++ ("x" + lib.concatStringsSep "," ids\nids = [\n"10de:1b80"\n')],
    ['open strings of Nix', fill(`boot.extraModprobeConfig = ''\nboot.kernelParams = [ ${'"#'.repeat(900)}\n`)],
    ['dumps', fill('00:00.0 Host bridge: X (rev 01)\n00: 86 80\n02: 00 00\n')],
    ['every byte', fill(String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at)))],
  ])('%s: 2 MiB are read in a moment, and kept in bounds', (_, text) => {
    const start = process.cpuUsage()
    const { facts } = machineFromPaste({ text, truncated: false })
    const { user } = process.cpuUsage(start)
    expect(user / 1e6).toBeLessThan(3)
    expect(valueOf(facts.attempts)?.length ?? 0).toBeLessThanOrEqual(2000)
    expect(valueOf(facts.guests)?.length ?? 0).toBeLessThanOrEqual(202)
    expect(valueOf(facts.messages)?.hits.length ?? 0).toBeLessThanOrEqual(50_000)
  })

  it('of more lines than are kept the rest is let go, and nothing counts as whole', () => {
    const { lines, truncated } = pasteLines('x\n'.repeat(200_010))
    expect(lines).toHaveLength(200_000)
    expect(truncated).toBe(true)
  })

  it('no control character is passed on', () => {
    const { facts } = machineFromPaste({
      text: '# echo 1 > /sys/bus/pci/drivers_probe\u001b[2J\u0007\n01:00.0 VGA compatible controller: A\u001b]0;x\u0007B\u202eC (rev 01)',
      truncated: false,
    })
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(
      /\\u00[01]|\u202e/,
    )
  })

  const piece = constantFrom(
    '01:00.0',
    '0000:01:00.0 ',
    'IOMMU Group 1',
    ':',
    '\n',
    '\n\n',
    '> ',
    '# ',
    'root@x:~# ',
    '[    1.000000] ',
    '00: ff ff',
    '\tKernel driver in use: x',
    '<hostdev',
    '>',
    '</hostdev>',
    'qemu-system-x86_64 ',
    '-device vfio-pci,host=',
    ' \\\n',
    'echo ',
    ' > /sys/bus/pci/drivers/vfio-pci/bind',
    '[...]',
    '-[0000:00]-+-',
    'cat /sys/kernel/iommu_groups/1/',
    'reserved_regions',
    '0x0 0x1 msi',
    'lsmod',
    'vfio 1 2',
    'options vfio-pci ids=',
    'GRUB_CMDLINE_LINUX="',
    '│ id │ iommugroup │',
    'BIOS Information',
  )

  it('any text, and any mixture of what the listings are made of, gives a machine', () => {
    assert(
      property(
        oneof(
          string(),
          string({ unit: 'binary' }),
          array(piece, { maxLength: 80 }).map((all) => all.join('')),
        ),
        (text) => {
          const machine = machineFromPaste({ text, truncated: false })
          expect(machine.taken.source).toBe('paste')
          for (const fn of valueOf(machine.facts.pci)?.functions ?? []) {
            expect(fn.address).toMatch(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('the same post gives the same machine', () => {
    assert(
      property(array(piece, { maxLength: 80 }), (all) => {
        const paste = { text: all.join(''), truncated: false }
        expect(machineFromPaste(paste)).toEqual(machineFromPaste(paste))
      }),
      { numRuns: 50 },
    )
  })
})

describe('the lines of a post', () => {
  const texts = (post: string): readonly string[] => pasteLines(post).lines.map((line) => line.text)

  it.each([
    ['> > quoted twice', 'quoted twice'],
    ['>no blank', 'no blank'],
    ['- a list', 'a list'],
    ['  3) numbered', '  numbered'],
    ['`in ticks`', 'in ticks'],
    ['  `first of several lines', '  first of several lines'],
    ['last of several lines`', 'last of several lines'],
    ["`vfio_pci' is quoted as GNU did", "`vfio_pci' is quoted as GNU did"],
    ['one `in the middle', 'one `in the middle'],
    ['`two` and words', '`two` and words'],
    ['[code]first', 'first'],
    ['<pre>tagged</pre>', 'tagged'],
    ['&lt;name&gt; &amp; &quot;more&quot;', '<name> & "more"'],
    ['09:41 < anna> said', 'said'],
    ['[09:12:44] <nick> said', 'said'],
    ['-[0000:00]-+-00.0', '-[0000:00]-+-00.0'],
    ["<address domain='0x0000'/>", "<address domain='0x0000'/>"],
    ['echo 1 > /sys/x', 'echo 1 > /sys/x'],
  ])('%s', (raw, wanted) => {
    expect(texts(raw)).toEqual([wanted])
  })

  it('takes what stands behind a fence for the first line of the block, and an info string for none', () => {
    const of = (text: string): readonly string[] => pasteLines(text).lines.map((line) => line.text)
    expect(of('```{"level":"error","msg":"no such device"}```\nand so on')).toEqual([
      '{"level":"error","msg":"no such device"}',
      'and so on',
    ])
    expect(of('~~~ modprobe: FATAL: no such module\nb\n~~~')).toEqual(['modprobe: FATAL: no such module', 'b'])
    for (const info of ['', 'bash', ' c++', 'shell-session', '{.text}', '````'])
      expect(of('```' + info + '\nb\n```')).toEqual(['b'])
  })

  it('fences and blank lines are gaps, and lines keep their numbers', () => {
    expect(pasteLines('a\n\n```\nb\nc\n').lines).toEqual([
      { text: 'a', line: 1, gap: true },
      { text: 'b', line: 4, gap: true },
      { text: 'c', line: 5, gap: false },
    ])
  })

  it('ends of lines of every system', () => {
    expect(texts('a\r\nb')).toEqual(['a', 'b'])
    expect(texts('a\rb')).toEqual(['a', 'b'])
  })

  it.each(['...', '[...]', '[…]', '<snip>', '(snip)', '--', '--- 8< ---'])('something is left out at %s', (text) => {
    expect(isElision(text)).toBe(true)
  })

  it.each(['---', '-- Boot 5f --', 'cut', 'and so on...'])('nothing is left out at %s', (text) => {
    expect(isElision(text)).toBe(text === 'cut')
  })

  it('are joined where they were broken, and only there', () => {
    const joined = (post: string): readonly string[] => unwrap(pasteLines(post).lines).map((line) => line.text)
    expect(joined('qm set 100 \\\n  -hostpci0 01:00.0')).toEqual(['qm set 100 -hostpci0 01:00.0'])
    // The kernel's line ended long before the margin: what follows is another line.
    expect(joined('[    1.000000] pci 0000:01:00.0: a short message\nand prose below it')).toHaveLength(2)
    const long = '[    1.000000] pci 0000:01:00.0: a message that fills the line of a mail'
    expect(joined(`${long}\nto its end`)).toEqual([`${long} to its end`])
    expect(joined(`${long}\n\nto its end`)).toHaveLength(2)
    expect(joined(`${long}\nroot@pve:~# lspci -nnk | grep -i vga`)).toHaveLength(2)
  })

  it('a list of lines of a log has as many lines, whatever its marks', () => {
    const bullet = constantFrom('*', '-', '+', '•', '◦', '–', '#', '~', '=>', '->', '|')
    const numbered = constantFrom<(at: number) => string>(
      (at) => `${at}.`,
      (at) => `${at})`,
      (at) => `(${at})`,
      (at) => `[${at}]`,
      (at) => `${at}:`,
      (at) => `${String.fromCodePoint(96 + at)})`,
    )
    const mark = oneof(
      bullet.map((one) => () => one),
      numbered,
    )
    const dress = constantFrom('[   12.345678] ', '[   12.345678] [   T77] ', 'Mar  3 10:11:12 pve kernel: ')
    const words = array(constantFrom('vfio-pci', '0000:06:00.0:', 'reset', 'recovery', 'of', 'BAR', '0xfe000000'), {
      minLength: 1,
      maxLength: 14,
    }).map((all) => all.join(' '))
    assert(
      property(mark, dress, array(words, { minLength: 2, maxLength: 9 }), (sign, worn, said) => {
        const list = said.map((one, at) => `${sign(at + 1)} ${worn}${one}`).join('\n')
        expect(unwrap(pasteLines(list).lines).map((line) => line.text)).toEqual(said.map((one) => worn + one))
      }),
    )
  })

  it('an item of a list without the dress of a log is a line too; a dash in a broken line is none', () => {
    const joined = (post: string): readonly string[] => unwrap(pasteLines(post).lines).map((line) => line.text)
    const long = '[    1.000000] pci 0000:01:00.0: a message that fills the line of a mail'
    expect(joined(`- ${long}\n- kernel: of another program, to the end`)).toHaveLength(2)
    expect(joined(`1. ${long}\n   to its end\n2. ${long}`)).toEqual([`${long} to its end`, long])
    expect(joined(`${long}\n- restoring`)).toEqual([`${long} - restoring`])
  })
})
