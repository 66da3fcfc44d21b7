import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesOfInstall, filesRun } from '../../src/parse/install-line.ts'
import { parseModprobe } from '../../src/parse/modprobe-conf.ts'
import { shellCommands } from '../../src/parse/shell-commands.ts'
import { vfioWrites } from '../../src/parse/vfio-writes.ts'
import { installLine } from '../../src/rules/install-line.ts'

const IN = 'echo vfio-pci > /sys/bus/pci/devices'
const AT = '/sys/bus/pci/devices/0000:03:00.0/driver_override'
const sure = (text: string) => vfioWrites(text).flatMap((one) => (one.sure ? [one.address] : []))
const unsure = (text: string) => vfioWrites(text).flatMap((one) => (one.sure ? [] : [one.address]))

describe('vfioWrites', () => {
  test('the lines are those of the writes', () => {
    const text = `#!/bin/sh\nDEVS="0000:03:00.0 0000:03:00.1"\n\nfor DEV in $DEVS; do\n  echo "vfio-pci" > /sys/bus/pci/devices/$DEV/driver_override\ndone\n\nmodprobe -i vfio-pci\n`
    expect(vfioWrites(text)).toEqual([
      { address: '0000:03:00.0', line: 5, sure: true },
      { address: '0000:03:00.1', line: 5, sure: true },
    ])
  })

  test.each<[string, string]>([
    ['a path in full', `${IN}/0000:03:00.0/driver_override`],
    [
      'through the ports above it',
      'printf vfio-pci > /sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0/driver_override',
    ],
    ['by tee', 'echo -n vfio-pci | sudo tee /sys/bus/pci/devices/0000:03:00.0/driver_override'],
    ['by the bind of the driver', 'echo 0000:03:00.0 > /sys/bus/pci/drivers/vfio-pci/bind'],
    ['by driverctl', 'driverctl --nosave set-override 0000:03:00.0 vfio-pci'],
    ['a loop', `for a in 0000:03:00.0; do ${IN}/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci`],
    ['a variable', `GPU=0000:03:00.0\n${IN}/\${GPU}/driver_override`],
    ['an array', `D=(\n  # the card\n  "0000:03:00.0"\n)\nfor d in "\${D[@]}"; do ${IN}/"$d"/driver_override; done`],
    ['a path in a variable', `export D=/sys/bus/pci/devices/0000:03:00.0\necho vfio-pci > $D/driver_override`],
    [
      'behind a test for an IOMMU',
      `if [ ! -z "$(ls -A /sys/class/iommu)" ]; then\n${IN}/0000:03:00.0/driver_override\nfi`,
    ],
    ['after leaving where there is none', `[ -e /sys/class/iommu ] || exit 0\n${IN}/0000:03:00.0/driver_override`],
    [
      'behind a test for the function',
      `[ -d /sys/bus/pci/devices/0000:03:00.0 ] && ${IN}/0000:03:00.0/driver_override`,
    ],
    ['after another command', `modprobe vfio && ${IN}/0000:03:00.0/driver_override`],
    ['in a shell of its own', `/bin/sh -c 'echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override'`],
    ['after output was turned elsewhere', `exec > /dev/kmsg 2>&1\n${IN}/0000:03:00.0/driver_override`],
    ['with complaints turned elsewhere', `echo vfio-pci 2>/dev/null > ${AT}`],
    ['with complaints turned elsewhere behind it', `echo vfio-pci > ${AT} 2>/dev/null`],
    ['with complaints turned to the log', `echo vfio-pci 1> ${AT} 2>&1`],
    ['what the last redirection names', `echo vfio-pci > /dev/null > ${AT}`],
    ['the redirection first', `> ${AT} echo vfio-pci`],
    ['in spite of noclobber', `echo vfio-pci >| ${AT}`],
    ['added to it', `echo vfio-pci >>${AT}`],
    ['by a format', `printf '%s' vfio-pci > ${AT}`],
    ['by a format with its line end', `printf '%s\\n' "vfio-pci" > ${AT}`],
    ['by a format alone', `printf 'vfio-pci\\n' > ${AT}`],
    ['by tee behind sudo, its output turned away', `echo vfio-pci | sudo -n tee -a ${AT} >/dev/null`],
    ['by tee in the next line', `echo "vfio-pci" |\n  /usr/bin/tee ${AT}`],
    ['by two of tee', `echo vfio-pci | tee /dev/kmsg | tee ${AT}`],
    ['by tee, given a word', `#!/bin/bash\nsudo tee ${AT} <<< vfio-pci`],
    ['by bash, with all its output', `#!/bin/bash\necho -e vfio-pci &> ${AT}`],
    ['by bash, with a line end', `#!/bin/bash\necho -e 'vfio-pci\\n' > ${AT}`],
    ['a driver in a variable', `DRIVER=vfio-pci; printf "%s" "$DRIVER" > ${AT}`],
    ['a loop over a part', `for f in 0; do ${IN}/0000:03:00.$f/driver_override; done`],
    ['a loop over a list in a variable', `DEVS="0000:03:00.0"; for d in $DEVS; do ${IN}/$d/driver_override; done`],
    ['a loop over paths', `for p in /sys/bus/pci/devices/0000:03:00.0; do echo vfio-pci > "$p/driver_override"; done`],
    ['a variable for one command', `D=0000:03:00.0; D=0000:09:00.0 true; ${IN}/$D/driver_override`],
    ['a list in brackets, quoted', `D=(0000:03:00.0)\nD+=()\nfor d in "\${D[@]}"; do ${IN}/$d/driver_override; done`],
    ['by a variant driver', 'echo 0000:03:00.0 > /sys/bus/pci/drivers/mlx5_vfio_pci/bind'],
  ])('%s', (_, text) => {
    expect(sure(text)).toEqual(['0000:03:00.0'])
    expect(unsure(text)).toEqual([])
  })

  test.each<[string, string]>([
    ['a test for what the card is', `if lspci -ns 03:00.0 | grep -q 10de; then ${IN}/0000:03:00.0/driver_override; fi`],
    ['a test of what was printed', `if echo "$x" | grep -q 10de; then ${IN}/0000:03:00.0/driver_override; fi`],
    [
      'a test for its absence',
      `[ ! -e /sys/bus/pci/devices/0000:03:00.0/driver ] && ${IN}/0000:03:00.0/driver_override`,
    ],
    ['the other branch', `if [ -e /sys/class/iommu ]; then true; else ${IN}/0000:03:00.0/driver_override; fi`],
    ['a function', `hand() { ${IN}/0000:03:00.0/driver_override; }`],
    ['a function, by its word', `function hand {\n${IN}/0000:03:00.0/driver_override\n}`],
    ['a choice', `case "$1" in\n start) ${IN}/0000:03:00.0/driver_override;;\nesac`],
    [
      'a loop that leaves some out',
      `for a in 0000:03:00.0; do [ $a = $1 ] && continue; ${IN}/$a/driver_override; done`,
    ],
    ['leaving before it', `grep -q novfio /proc/cmdline && exit 0\n${IN}/0000:03:00.0/driver_override`],
    ['a variable of a branch', `if grep -q x /y; then D=0000:03:00.0; fi\n${IN}/$D/driver_override`],
    ['text in between', `cat <<EOF\nx\nEOF\n${IN}/0000:03:00.0/driver_override`],
    ['what another program makes of it', `echo vfio-pci | sed s/x/y/ | tee ${AT}`],
    ['what only bash reads so', `echo vfio-pci &> ${AT}`],
    ['what only some shells print so', `echo -e vfio-pci > ${AT}`],
    ['with a line end that only some shells read', `echo 'vfio-pci\\n' > ${AT}`],
    ['with a format that is computed', `printf "%5s" vfio-pci > ${AT}`],
    ['a list that is one word', `D="0000:03:00.0 x"; for d in "$D"; do ${IN}/$d/driver_override; done`],
    ['a list in place of an address', `D="0000:03:00.0 x"; echo $D > /sys/bus/pci/drivers/vfio-pci/bind`],
    ['another driver in one turn', `for n in vfio-pci nvme; do echo $n > ${AT}; done`],
    ['what is written later is not known', `echo vfio-pci > ${AT}; echo "$1" > ${AT}`],
    ['what is written later is computed', `echo vfio-pci > ${AT}; echo $(cat /x) > ${AT}`],
    ['a list that is split by commas', `IFS=,; for d in 0000:03:00.0,x; do ${IN}/$d/driver_override; done`],
    ['a command after eval', `eval "$x"\n${IN}/0000:03:00.0/driver_override`],
  ])('not surely: %s', (_, text) => {
    expect(sure(text)).toEqual([])
    expect(unsure(text)).toEqual(['0000:03:00.0'])
  })

  test.each<[string, string]>([
    ['a comment', `# ${IN}/0000:03:00.0/driver_override\necho hello # ${IN}/0000:03:00.0/driver_override`],
    ['another driver', 'echo nvme > /sys/bus/pci/devices/0000:03:00.0/driver_override'],
    [
      'taken away again',
      `${IN}/0000:03:00.0/driver_override; echo > /sys/bus/pci/devices/0000:03:00.0/driver_override`,
    ],
    ['read', 'cat /sys/bus/pci/devices/0000:03:00.0/driver_override | grep vfio-pci'],
    ['let go alone', 'echo 0000:03:00.0 > /sys/bus/pci/devices/0000:03:00.0/driver/unbind'],
    [
      'an address that the script leaves out',
      `for a in $(find /sys); do [ $a = 0000:03:00.0 ] || ${IN}/$a/driver_override; done`,
    ],
    ['a part of it computed', `for f in $(seq 0 1); do ${IN}/0000:03:00.$f/driver_override; done`],
    ['a pattern', `for a in /sys/bus/pci/devices/0000:03:00.*; do echo vfio-pci > $a/driver_override; done`],
    ['without its domain', `${IN}/03:00.0/driver_override`],
    ['a value made from it', `D=0000:03:00.0; ${IN}/\${D%0}1/driver_override`],
    ['turned elsewhere at last', `echo vfio-pci > ${AT} > /dev/null`],
    ['turned to complaints', `echo vfio-pci > ${AT} >&2`],
    ['complaints alone', `echo vfio-pci 2> ${AT}`],
    ['a pipe that gets nothing', `echo vfio-pci > /dev/null | tee ${AT}`],
    ['read from it', `echo vfio-pci < ${AT}`],
    ['a value that was read', `D=0000:03:00.0; read D; ${IN}/$D/driver_override`],
    ['a name of more than the driver', `echo vfio-pci x > ${AT}`],
    ['behind the end', `exit 0\n${IN}/0000:03:00.0/driver_override`],
    ['Python', `#!/usr/bin/env python3\n${IN}/0000:03:00.0/driver_override`],
    ['a program', `\u007fELF${IN}/0000:03:00.0/driver_override`],
  ])('none: %s', (_, text) => {
    expect(vfioWrites(text)).toEqual([])
  })

  test('a loop leaves its last value behind', () => {
    expect(vfioWrites(`for d in 0000:03:00.0 0000:03:00.1; do :; done; ${IN}/$d/driver_override`)).toEqual([
      { address: '0000:03:00.1', line: 1, sure: true },
    ])
  })

  test('every turn of loops in loops', () => {
    const text = `for b in 03 04; do for f in 0 1; do ${IN}/0000:$b:00.$f/driver_override; done; done`
    expect(sure(text)).toEqual(['0000:03:00.0', '0000:03:00.1', '0000:04:00.0', '0000:04:00.1'])
  })

  test('never throws, names only what can be put together, and stays within bounds', () => {
    const unit = fc.constantFrom(
      'echo ',
      'vfio-pci',
      ' > ',
      '/sys/bus/pci/devices/',
      '/driver_override',
      '0000:03:00.0',
      '$a',
      'a=',
      '${a}',

      'for a in ',
      '; do ',
      'done',
      'if ',
      'then ',
      'else ',
      'fi',
      '(',
      ')',
      '{ ',
      '}',
      '"',
      "'",
      '`',
      '$(',
      '\\',
      '\n',
      '#',
      '|',
      '||',
      '&&',
      '&',
      '<<',
      'sh -c ',
      'exit',
      'case ',
      ' in ',
      'esac',
      '\u0000',
      '0000:0a:1f.7',
      '>',
      '2>',
      '&>',
      '>&',
      '<<<',
      'printf ',
      '%s ',
      '| tee ',
      'sudo ',
      'a+=',
      '"${a[@]}"',
      '/opt/x.sh ',
      '0000:03:00.',
      ' 1 ',
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 80 }), (parts) => {
        const text = parts.join('')
        const lines = text.split('\n').length
        for (const one of vfioWrites(text)) {
          expect(one.address).toMatch(/^0000:(?:03:00|0a:1f)\.[0-7]$/)
          expect(one.line).toBeGreaterThan(0)
          expect(one.line).toBeLessThanOrEqual(lines)
        }
        expect(shellCommands(text).every((one) => one.stages.every(({ words }) => words.length > 0))).toBe(true)
        for (const one of filesRun(text)) expect(one.path).toMatch(/^\/[\w./@+-]{1,200}$/)
      }),
    )
    expect(
      vfioWrites(
        Array.from(
          { length: 4096 },
          (_, n) =>
            `echo 0000:${(n & 255).toString(16).padStart(2, '0')}:00.${n >> 9} > /sys/bus/pci/drivers/vfio-pci/bind`,
        ).join('\n'),
      ),
    ).toHaveLength(64)
  })

  test.each([
    '(',
    '$(',
    '"',
    'a=(',
    '${',
    '`',
    'if ',
    'if\n',
    '{ ',
    'a+=0000:03:00.0 ',
    'a=$a$a\n',
    'sh -c "',
    '0000:03:00.0/',
    '\\',
    '>',
    '2>',
    '<<<a ',
    '|a ',
    'for a in 0 1; do ',
    'for a in 0 1; do b=$b$a; ',
    'a=($a $a x); ',
    `echo vfio-pci > ${IN}/$a/driver_override; a=$a$a; `,
  ])('takes no more than two seconds of the processor for a script full of %s', (part) => {
    const from = process.cpuUsage()
    const text = part.repeat(65_536 / part.length)
    vfioWrites(text)
    filesRun(text)
    expect(process.cpuUsage(from).user).toBeLessThan(2_000_000)
  })
})

const script = (path: string, direct = true, sure = true) => ({ path, kind: 'script', direct, sure })
const whole = (path: string, direct = true) => ({ ...script(path, direct), whole: true })
const many = (path: string, sure = true) => ({ path, kind: 'many', direct: true, sure })

test.each<[string, readonly object[]]>([
  ['/usr/local/bin/vfio.sh', [whole('/usr/local/bin/vfio.sh')]],
  ['/usr/local/bin/vfio.sh 10de:1b80 $CMDLINE_OPTS', [whole('/usr/local/bin/vfio.sh')]],
  ['/usr/local/bin/vfio.sh $CMDLINE_OPTS; /sbin/modprobe -i vfio-pci', [script('/usr/local/bin/vfio.sh')]],
  ['/usr/local/bin/vfio.sh 2>&1 | logger; modprobe -i vfio-pci', [script('/usr/local/bin/vfio.sh')]],
  ['/usr/local/bin/vfio.sh &', [script('/usr/local/bin/vfio.sh')]],
  ['/usr/local/bin/vfio.sh >/dev/null 2>&1', [whole('/usr/local/bin/vfio.sh')]],
  ['/usr/bin/lspci -s 0000:03:00.0', []],
  ['/bin/sh /usr/local/bin/vfio.sh', [whole('/usr/local/bin/vfio.sh', false)]],
  ['/bin/busybox sh /opt/vfio.sh', [whole('/opt/vfio.sh', false), many('/bin/busybox')]],
  ['/bin/busybox modprobe -i vfio-pci', [many('/bin/busybox')]],
  ['grep -q x /y && /opt/vfio.sh', [script('/opt/vfio.sh', true, false)]],
  ['[ -x /opt/vfio.sh ] && /opt/vfio.sh', [script('/opt/vfio.sh', true, false)]],
  ['grep -q x /y && /opt/vfio.sh; /opt/vfio.sh', [script('/opt/vfio.sh')]],
  ['if grep -q x /y; then /opt/vfio.sh; fi', [script('/opt/vfio.sh', true, false)]],
  ['for a in 0000:03:00.0; do /opt/vfio.sh $a; done', [script('/opt/vfio.sh')]],
  [`sh -c '/opt/vfio.sh; modprobe -i vfio-pci'`, [script('/opt/vfio.sh')]],
  ['/sbin/modprobe -i vfio-pci', []],
  ['/bin/echo > /opt/vfio.sh', []],
  ['true; exit 0; /opt/vfio.sh', []],
  ['vfio.sh', []],
  ['$DIR/vfio.sh', []],
  ['"/opt/with blank.sh"', []],
])('the files that are run by %s', (command, wanted) => {
  expect(filesRun(command)).toEqual(wanted)
})

test.each<[string, readonly (readonly [string, boolean])[]]>([
  [
    'for a in 0000:03:00.0 0000:03:00.1; do echo vfio-pci > /sys/bus/pci/devices/$a/driver_override; done; /sbin/modprobe --ignore-install vfio-pci',
    [
      ['0000:03:00.0', true],
      ['0000:03:00.1', true],
    ],
  ],
  ['/usr/local/bin/vfio.sh 0000:03:00.0; modprobe -i vfio-pci', [['0000:03:00.0', true]]],
  ['grep -q x /y && /usr/local/bin/vfio.sh 0000:03:00.0', [['0000:03:00.0', false]]],
  ['test "$x" = 0000:03:00.0 && /sbin/modprobe -i vfio-pci', [['0000:03:00.0', false]]],
  ['/sbin/modprobe -i vfio-pci', []],
])('the addresses of %s', (command, wanted) => {
  const directives = parseModprobe(`install vfio-pci ${command}\ninstall vfio-pci /bin/false 0000:09:00.0`, '/x')
  const line = installLine(directives)
  expect(line === undefined ? [] : addressesOfInstall(line).map((one) => [one.address, one.sure])).toEqual(wanted)
})
